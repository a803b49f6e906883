#!/usr/bin/env python3
"""The forward pass of LC-PFN's P1 architecture in PyTorch, eager or compiled, on the CPU: median milliseconds.

One token per point: Wx x + Wy y for a point seen, Wx x for a point asked. Post-LayerNorm encoder of 3 layers,
width 128, 1 head, feed-forward 256, GELU; head Linear-GELU-Linear to 1,000 bins. Points seen attend to the
points seen, points asked to the points seen and to themselves, by a mask, as in the authors' code. Weights are
random: the time does not depend on them. Needs torch, nothing else.
"""

import argparse
import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
from torch import nn  # noqa: E402

BINS = 1000
HORIZON = 100
UNIT = 12.0**0.5  # one over the standard deviation of a uniform


class Layer(nn.Module):
    """One encoder layer, normalised after each block."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.inner = nn.Linear(width, 2 * width)
        self.outer = nn.Linear(2 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, h, mask):
        attended, _ = self.attention(h, h, h, attn_mask=mask, need_weights=False)
        h = self.norm1(h + attended)
        return self.norm2(h + self.outer(nn.functional.gelu(self.inner(h))))


class Pfn(nn.Module):
    """The whole network, from points to logits over bins."""

    def __init__(self, width, layers, heads):
        super().__init__()
        self.x, self.y = nn.Linear(1, width), nn.Linear(1, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.head = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, BINS))

    def forward(self, x, y):
        """`x`: curves x points, seen ones first; `y`: curves x points seen."""
        seen, points = y.shape[1], x.shape[1]
        h = self.x(((x / (HORIZON + 1) - 0.5) * UNIT).unsqueeze(-1))
        h = torch.cat([h[:, :seen] + self.y(((y - 0.5) * UNIT).unsqueeze(-1)), h[:, seen:]], 1)
        mask = torch.ones(points, points, dtype=torch.bool)  # True: may not attend
        mask[:, :seen] = False
        mask.fill_diagonal_(False)
        for layer in self.layers:
            h = layer(h, mask)
        return torch.softmax(self.head(h[:, seen:]), -1)


def milliseconds(net, curves, seen, repeats):
    """Median and smallest time of one pass."""
    x = torch.arange(1.0, HORIZON + 1.0).repeat(curves, 1)
    y = torch.rand(curves, seen)
    times = []
    with torch.inference_mode():
        for k in range(repeats + 3):
            begin = time.perf_counter()
            out = net(x, y)
            if k >= 3:  # warm by then
                times.append(1e3 * (time.perf_counter() - begin))
    assert out.shape == (curves, HORIZON - seen, BINS)
    return statistics.median(times), min(times)


def main():
    parser = argparse.ArgumentParser(description="Milliseconds of one forward pass of LC-PFN's P1 in eager PyTorch.")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--heads", type=int, default=1)
    parser.add_argument("--seen", type=int, default=20, help="points seen, of 100; the rest is asked")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="by torch.compile, for each shape of its own (needs a C++ compiler)")
    parser.add_argument("--repeats", type=int, default=100, help="timed passes; a quarter of them for 64 curves")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    net = Pfn(args.width, args.layers, args.heads).eval()
    parameters = sum(p.numel() for p in net.parameters())
    if args.compile:
        net = torch.compile(net, dynamic=False, mode="max-autotune-no-cudagraphs")
    print(f"python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}, {args.threads} thread(s), {'compiled' if args.compile else 'eager'}")
    print(f"{args.layers} layers, width {args.width}, {args.heads} head(s), {parameters} parameters; "
          f"{args.seen} points seen, {HORIZON - args.seen} asked")
    print(f"{'curves':>6} {'median ms':>10} {'least ms':>10}")
    for curves, repeats in ((1, args.repeats), (64, max(1, args.repeats // 4))):
        median, least = milliseconds(net, curves, args.seen, repeats)
        print(f"{curves:>6} {median:>10.2f} {least:>10.2f}")


if __name__ == "__main__":
    main()
