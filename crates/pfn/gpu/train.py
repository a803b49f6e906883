"""Trains networks of curvecast-pfn that answer in mixtures of normals, on a GPU, in minutes.

    cargo build --release -p curvecast-pfn --example records
    python crates/pfn/gpu/train.py --records target/release/examples/records --seconds 540 --out DIR RECIPE.toml [RECIPE.toml ...]

The curves come from the program `records`, which draws them from the same priors with the same seeds as `curvecast train`; the network and its loss are those
of crates/pfn/src/mixture. What is different: matrix products are in bfloat16 (those of the first two layers in TF32), AdamW has a second beta of .98, a step
has as many curves as `--batch` says, the learning rate falls to a thousandth of its peak with the time that has gone and not with the curves seen, so that
a run ends when its time does, and no two runs give the same bytes. The card says so.

Several recipes are trained side by side, each in a process of its own. Written for PyTorch 2.11; needs numpy and safetensors.
"""

import argparse
import fcntl
import json
import math
import os
import queue
import subprocess
import sys
import threading
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

LN_SQRT_2PI = 0.5 * math.log(2 * math.pi)


class Block(torch.nn.Module):
    """One pre-LayerNorm block; its names are those of the file of weights."""

    def __init__(self, d):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(d), torch.nn.LayerNorm(d)
        self.query, self.keys, self.out = torch.nn.Linear(d, d), torch.nn.Linear(d, 2 * d), torch.nn.Linear(d, d)
        self.feed_in, self.feed_out = torch.nn.Linear(d, 2 * d), torch.nn.Linear(2 * d, d)


class Network(torch.nn.Module):
    """The transformer of crates/pfn/src/mixture/network.rs."""

    def __init__(self, inputs, width, layers, heads, normals, causal):
        super().__init__()
        self.inputs, self.heads, self.normals, self.causal = inputs, heads, normals, causal
        self.token_in, self.token_out = torch.nn.Linear(inputs, width), torch.nn.Linear(width, width)
        self.layers = torch.nn.ModuleList(Block(width) for _ in range(layers))
        self.norm = torch.nn.LayerNorm(width)
        self.head_hidden, self.head_out = torch.nn.Linear(width, width), torch.nn.Linear(width, 3 * normals)
        self.start(width)

    def start(self, d):
        """Each block as the identity, normals spread over a drop: `Network::initial`."""

        def uniform(p, bound):
            torch.nn.init.uniform_(p, -bound, bound)

        for m in self.modules():
            if isinstance(m, torch.nn.Linear):
                torch.nn.init.zeros_(m.bias)
        uniform(self.token_in.weight, math.sqrt(3 / self.inputs))
        uniform(self.token_in.bias, 0.5)
        uniform(self.token_out.weight, math.sqrt(3 / d))
        for layer in self.layers:
            for m in (layer.query, layer.keys):
                uniform(m.weight, math.sqrt(1.5 / d))
            uniform(layer.feed_in.weight, math.sqrt(3 / d))
            for m in (layer.out, layer.feed_out):
                uniform(m.weight, 0.3 / math.sqrt(d))
        uniform(self.head_hidden.weight, math.sqrt(3 / d))
        uniform(self.head_out.weight, 0.1 / math.sqrt(d))
        k = self.normals
        with torch.no_grad():
            self.head_out.bias[k : 2 * k] = 0.2 - (torch.linspace(0, 1, k) if k > 1 else 0.5)
            self.head_out.bias[2 * k :] = 1.0

    def attend(self, layer, x, kv, **mask):
        b, n, d = x.shape
        k, v = (t.view(b, -1, self.heads, d // self.heads).transpose(1, 2) for t in kv.chunk(2, dim=-1))
        q = layer.query(x).view(b, n, self.heads, d // self.heads).transpose(1, 2)
        o = F.scaled_dot_product_attention(q, k, v, **mask)
        return layer.out(o.transpose(1, 2).reshape(b, n, d))

    def forward(self, seen, asked, told, known):
        """`seen` (batch, most, inputs), `asked` (batch, queries, inputs); `told` (batch, queries) and `known` (batch) count points."""

        def embed(tokens):
            # Features differ by little where little is to be told apart: not in bfloat16, but in TF32.
            with torch.autocast(tokens.device.type, enabled=False):
                return self.token_out(F.gelu(self.token_in(tokens)))

        c, q = embed(seen), embed(asked)
        at = torch.arange(seen.shape[1], device=seen.device)
        sees = (at[None, None, :] < told[:, :, None])[:, None]
        among = {"is_causal": True} if self.causal else {"attn_mask": (at[None, :] < known[:, None])[:, None, None, :]}
        for i, layer in enumerate(self.layers):
            a, b = layer.norm1(c), layer.norm1(q)
            kv = layer.keys(a)
            q = q + self.attend(layer, b, kv, attn_mask=sees)
            q = q + layer.feed_out(F.gelu(layer.feed_in(layer.norm2(q))))
            if i + 1 < len(self.layers):
                c = c + self.attend(layer, a, kv, **among)
                c = c + layer.feed_out(F.gelu(layer.feed_in(layer.norm2(c))))
        return self.head_out(F.gelu(self.head_hidden(self.norm(q))))

    def loss(self, seen, asked, told, known, target):
        """Nats a point."""
        logits, mean, raw = self(seen, asked, told, known).float().chunk(3, dim=-1)
        ln_sd = 6 * torch.tanh(raw / 6) - 1.5
        z = (target[..., None] - mean) * torch.exp(-ln_sd)
        return -torch.logsumexp(F.log_softmax(logits, -1) - 0.5 * z * z - ln_sd - LN_SQRT_2PI, -1).mean()

    def tensors(self):
        """Every tensor under the name that it has in a file of weights."""
        names = {"token_in": "token.in", "token_out": "token.out", "head_hidden": "head.hidden", "head_out": "head.out"}
        inner = {"query": "attention.query", "keys": "attention.keys", "out": "attention.out", "feed_in": "feed.in", "feed_out": "feed.out"}
        found = {}
        for name, p in self.named_parameters():
            *path, kind = name.split(".")
            if path[0] == "layers":
                path = [*path[:2], inner.get(path[2], path[2])]
            else:
                path = [names.get(path[0], path[0])]
            found[".".join([*path, kind])] = p.detach().float().cpu().numpy()
        return found


def read_batches(command, numbers, out, pinned):
    """Reads batches of records from a program that draws them, for as long as they are taken."""
    program = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
    fcntl.fcntl(program.stdout, 1031, 1 << 20)  # F_SETPIPE_SZ
    while True:
        batch = torch.empty(numbers, dtype=torch.float32, pin_memory=pinned)
        view = memoryview(batch.numpy()).cast("B")
        while len(view):
            got = program.stdout.readinto(view)
            if not got:
                # An exception in a thread ends nothing but the thread.
                print(f"{command} ended early", file=sys.stderr, flush=True)
                os._exit(1)
            view = view[got:]
        out.put(batch)


def train(recipe_path, args, workers):
    said = json.loads(subprocess.check_output([args.records, recipe_path]))
    recipe, shape = said["recipe"], said["network"]
    torch.manual_seed(recipe["seed"] % (1 << 31))
    torch.set_float32_matmul_precision("high")
    device = torch.device(args.device)
    pinned = device.type == "cuda"
    size, record, most, queries, inputs = args.batch or recipe["batch"], said["record"], said["most"], said["queries"], shape["inputs"]
    ready = queue.Queue(maxsize=8)
    for k in range(workers):
        command = [args.records, recipe_path, str(k), str(workers)]
        threading.Thread(target=read_batches, args=(command, size * record, ready, pinned), daemon=True).start()
    net = Network(**shape).to(device)
    decayed = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": recipe["decay"]}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=recipe["rate"], betas=(0.9, 0.98), fused=pinned)
    loss_of = torch.compile(net.loss) if args.compile else net.loss

    def step(batch, rate):
        data = batch.to(device, non_blocking=True).view(size, record)
        known, rest = data[:, 0], data[:, 1:]
        seen, rest = rest[:, : most * inputs].reshape(size, most, inputs), rest[:, most * inputs :]
        asked, rest = rest[:, : queries * inputs].reshape(size, queries, inputs), rest[:, queries * inputs :]
        for group in optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = loss_of(seen, asked, rest[:, :queries].contiguous(), known.contiguous(), rest[:, queries:].contiguous())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), recipe["clip"])
        optimiser.step()
        return loss.detach()

    losses = [step(ready.get(), 1e-6)]  # compiles
    if pinned:
        torch.cuda.synchronize()
    begun, deadline = time.time(), args.began + args.seconds
    print(f"{recipe['name']}: {sum(p.numel() for p in net.parameters())} parameters, ready {begun - args.began:.0f} s after the start", flush=True)
    steps, waited, rows, reported = 1, 0.0, [], begun
    while (now := time.time()) < deadline:
        share = (now - begun) / (deadline - begun)
        warm = recipe["warm_up"]
        factor = share / warm if share < warm else 0.5 * (1 + math.cos(math.pi * (share - warm) / (1 - warm)))
        batch = ready.get()
        waited += time.time() - now
        losses.append(step(batch, recipe["rate"] * max(factor, 1e-3)))
        steps += 1
        if len(losses) >= 50:
            loss = torch.stack(losses).mean().item()
            losses = []
            rows.append((steps, steps * size, recipe["rate"] * factor, loss))
            if time.time() - reported > 15:
                reported = time.time()
                print(f"{recipe['name']}: {share:.0%}, step {steps}, loss {loss:.4f}, {steps * size / (reported - begun):.0f} curves/s, waited {waited:.0f} s", flush=True)
            if not math.isfinite(loss):
                raise SystemExit(f"{recipe['name']} diverged")
    where = torch.cuda.get_device_name() if pinned else "a CPU"
    seconds = time.time() - begun
    tail = [r[3] for r in rows[-max(1, len(rows) // 50) :]] or [loss.item() for loss in losses]
    card = {
        "recipe": recipe,
        "steps": steps,
        "curves": steps * size,
        "parameters": sum(p.numel() for p in net.parameters()),
        "loss": float(np.mean(tail)),
        "commit": args.commit,
        "how": f"crates/pfn/gpu/train.py on {where}, {seconds:.0f} s beside {args.beside} other runs, {size} curves a step, bfloat16 products, AdamW with betas .9 and .98, "
        "the rate by the time gone; weights rounded to half precision",
    }
    tensors = {name: values.astype(np.float16) for name, values in net.tensors().items()}
    if not all(np.isfinite(t).all() for t in tensors.values()):
        raise SystemExit(f"{recipe['name']}: weights beyond half precision")
    path = os.path.join(args.out, f"{recipe['name']}.safetensors")
    save_file(tensors, path, metadata={"schedule-card": json.dumps(card)})
    # About four hundred lines of the learning curve.
    every = max(1, len(rows) // 400)
    with open(os.path.join(args.out, f"{recipe['name']}.csv"), "w") as log:
        log.write("step,curves,rate,loss\n")
        for i in range(0, len(rows) - every + 1, every):
            part = rows[i : i + every]
            log.write(f"{part[-1][0]},{part[-1][1]},{part[-1][2]:e},{np.mean([r[3] for r in part]):.6f}\n")
    print(f"{recipe['name']}: done, {steps} steps, {steps * size} curves, loss {card['loss']:.4f}, waited {waited:.0f} of {seconds:.0f} s for curves", flush=True)
    os._exit(0)  # readers wait for curves that nobody needs


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("recipes", nargs="+")
    p.add_argument("--records", required=True, help="the program that draws curves")
    p.add_argument("--out", required=True)
    p.add_argument("--seconds", default="540", help="from the start of this program to the end of training, a number a recipe: 540,540,200")
    p.add_argument("--workers", default="4", help="programs that draw curves, a number a recipe: 3,11")
    p.add_argument("--batch", type=int, default=0, help="curves a step, if not the recipe's")
    p.add_argument("--device", default="cuda")
    p.add_argument("--commit", default="")
    p.add_argument("--no-compile", dest="compile", action="store_false")
    args = p.parse_args()
    args.began = time.time()
    os.makedirs(args.out, exist_ok=True)
    args.beside = len(args.recipes) - 1
    per_recipe = lambda text: (text.split(",") * len(args.recipes))[: len(args.recipes)]
    runs = []
    for recipe, seconds, n in zip(args.recipes, per_recipe(args.seconds), per_recipe(args.workers)):
        pid = os.fork()
        if pid == 0:
            args.seconds = float(seconds)
            train(recipe, args, int(n))
        runs.append(pid)
    failed = [pid for pid in runs if os.waitpid(pid, 0)[1] != 0]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
