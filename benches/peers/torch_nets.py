#!/usr/bin/env python3
"""A training step of four miniature networks in eager PyTorch on the CPU: median milliseconds, one thread.

The networks are those of benches/nets.rs: fresh random batch, forward, loss, backward, AdamW. Set MALLOC_MMAP_THRESHOLD_ and
MALLOC_TRIM_THRESHOLD_ to a large number before the start to keep freed pages (the tuned rows). Needs torch, nothing else.
"""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm, self.feed_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (p.view(b, t, self.heads, -1).transpose(1, 2) for p in self.project(self.norm(x)).chunk(3, -1))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(attended.transpose(1, 2).reshape(b, t, d))
        return x + self.narrow(F.gelu(self.widen(self.feed_norm(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(512, 64), nn.Embedding(64, 64)
        self.blocks = nn.Sequential(*(Block(64, 4, 256) for _ in range(2)))
        self.norm, self.head = nn.LayerNorm(64), nn.Linear(64, 512)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def cnn():
    layers, ins = [], 1
    for outs, stride in [(16, 1), (32, 2), (64, 2), (64, 1)]:
        layers += [nn.Conv2d(ins, outs, 3, stride, 1, bias=False), nn.BatchNorm2d(outs), nn.ReLU()]
        ins = outs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Gin(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.head = nn.Linear(9, 64), nn.Linear(64, 1)
        layer = lambda: nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU())
        self.layers = nn.ModuleList(layer() for _ in range(3))

    def forward(self, x, sources, targets):
        x = self.enter(x)
        for layer in self.layers:
            x = layer(x + torch.zeros_like(x).index_add_(0, targets, x[sources]))
        return self.head(x.view(64, 24, -1).sum(1)).squeeze(-1)


def median(net, loss, steps):
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3)

    def step():
        optimiser.zero_grad()
        loss(net).backward()
        optimiser.step()

    for _ in range(10):
        step()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def transformer_loss(net):
    tokens = torch.randint(512, (32, 65))
    return F.cross_entropy(net(tokens[:, :-1]).reshape(-1, 512), tokens[:, 1:].reshape(-1))


def cnn_loss(net):
    return F.cross_entropy(net(torch.rand(128, 1, 28, 28)), torch.randint(10, (128,)))


def gin_loss(net):
    ends = torch.randint(24, (2, 64, 26)) + 24 * torch.arange(64)[None, :, None]
    a, b = ends[0].reshape(-1), ends[1].reshape(-1)
    scores = net(torch.rand(64 * 24, 9), torch.cat([a, b]), torch.cat([b, a]))
    return F.binary_cross_entropy_with_logits(scores, torch.randint(2, (64,)).float())


def mlp_loss(net):
    return F.cross_entropy(net(torch.rand(128, 784)), torch.randint(10, (128,)))


torch.set_num_threads(1)
torch.manual_seed(1)
print(f"torch {torch.__version__}, {platform.processor() or platform.machine()}, {torch.get_num_threads()} thread")
print(f"transformer {median(Decoder(), transformer_loss, 60):.2f} ms")
print(f"CNN {median(cnn(), cnn_loss, 40):.2f} ms")
print(f"GIN {median(Gin(), gin_loss, 200):.2f} ms")
print(f"MLP {median(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)), mlp_loss, 200):.2f} ms")
