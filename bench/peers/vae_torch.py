#!/usr/bin/env python3
"""The same work with PyTorch: training steps of the VAE 784-400-20 and the products that it is made of.

Prints Markdown. A way that fails (no torch.compile, no CUDA graph, too little memory) becomes a row that says so.

    python3 vae_torch.py --data FOLDER_OF_MNIST [--device cuda] [--parts epoch,products] [--epochs 5]
"""

import argparse
import gzip
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F

PIXELS, HIDDEN, LATENT = 784, 400, 20
LEARNING_RATE = 1e-3
PRECISIONS = ("fp32", "tf32", "bf16")
EVICTION_BYTES = 256 << 20  # more than any second-level cache
SAMPLES = 100


def read_images(folder):
    """MNIST's training images, (N, 784) bytes."""
    for name in ("train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with (gzip.open if name.endswith(".gz") else open)(path, "rb") as file:
                data = bytearray(file.read())
            return torch.frombuffer(data, dtype=torch.uint8, offset=16).view(-1, PIXELS).clone()
    sys.exit(f"{folder}: no train-images-idx3-ubyte[.gz] there")


class Vae(torch.nn.Module):
    """Encoder 784-400-(mean, log variance), decoder 20-400-784 to logits; initialised as torch.nn.Linear does."""

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Linear(PIXELS, HIDDEN)
        self.head = torch.nn.Linear(HIDDEN, 2 * LATENT)
        self.decoder = torch.nn.Linear(LATENT, HIDDEN)
        self.output = torch.nn.Linear(HIDDEN, PIXELS)

    def forward(self, x):
        """The mean over the batch of the negative log likelihood plus KL, in nats."""
        mean, log_variance = self.head(F.relu(self.encoder(x))).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        logits = self.output(F.relu(self.decoder(z)))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum()
        return (reconstruction + divergence) / x.shape[0]


class ImageLoss(torch.nn.Module):
    """From places in the data set to the loss. The images are a buffer, which a compiled graph does not copy."""

    def __init__(self, images):
        super().__init__()
        self.register_buffer("images", images, persistent=False)
        self.model = Vae()

    def forward(self, index):
        return self.model(self.images[index].float() / 255)


def set_precision(precision):
    """fp32 and tf32 by PyTorch's own switch; bf16 by autocast, which keeps weights and Adam in float32 and casts weights each step."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"


class Training:
    """Steps over shuffled images that lie on the device. The loss is summed there and read once an epoch."""

    def __init__(self, images, batch, device, precision, way):
        torch.manual_seed(1)
        set_precision(precision)
        self.count, self.batch, self.device, self.precision = len(images), batch, device, precision
        self.model = ImageLoss(images).to(device)
        on_gpu = device.type == "cuda"
        # PyTorch's fastest Adam; capturable keeps its step count on the device.
        settings = {"fused": True, "capturable": way.endswith("graph")} if on_gpu else {}
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, **settings)
        self.loss_of = torch.compile(self.model) if way.startswith("compile") else self.model
        self.way = way
        self.order = torch.arange(self.count, device=device)
        self.position = torch.zeros((), dtype=torch.long, device=device)
        self.loss_sum = torch.zeros((), device=device)
        self.graphs = {}

    def step(self, index):
        """Gather, forward, backward, Adam."""
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            loss = self.loss_of(index)
        loss.backward()
        self.optimizer.step()
        self.loss_sum += loss.detach() * len(index)

    def step_at_position(self, rows):
        """A step whose place in the order is on the device, so that a graph can hold it."""
        self.step(self.order[self.position + torch.arange(rows, device=self.device)])
        self.position += rows

    def capture(self, rows):
        """A step as one CUDA graph, after some steps on the side stream that capture asks for."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.position.zero_()
                self.step_at_position(rows)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step_at_position(rows)
        return graph

    def epoch(self):
        """Every image once. Returns the mean loss as a tensor: reading it waits."""
        count = self.count
        if self.way.endswith("graph"):
            for rows in {self.batch, count % self.batch} - {0}:
                if rows <= count and rows not in self.graphs:
                    self.graphs[rows] = self.capture(rows)
        self.order.copy_(torch.randperm(count, device=self.device))
        self.position.zero_()
        self.loss_sum.zero_()
        for first in range(0, count, self.batch):
            rows = min(self.batch, count - first)
            if self.way.endswith("graph"):
                self.graphs[rows].replay()
                continue
            self.step(self.order[first : first + rows])
        return self.loss_sum / count


def time_of(device, work):
    """Seconds of some work, by the device's events on a GPU."""
    if device.type != "cuda":
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    start.record()
    work()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / 1e3


def print_row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def print_heading(title, names, numbers):
    print(f"\n### {title}\n")
    print_row(*names, *numbers)
    print_row(*["---"] * len(names), *["---:"] * len(numbers))


def in_one_line(error):
    return f"failed: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:160]


def measure_epochs(images, device, batches, epochs, ways):
    print_heading(
        f"PyTorch: an epoch of {len(images)} images, median of {epochs} after 2 for warm-up",
        ("way", "precision", "batch"), ("ms/epoch", "ms/step", "images/s", "loss of the last epoch"))
    for batch in batches:
        for precision in PRECISIONS if device.type == "cuda" else ("fp32",):
            for way in ways:
                try:
                    training = Training(images, batch, device, precision, way)
                    for _ in range(2):
                        training.epoch()
                    results = []

                    def work():
                        results.append(training.epoch())

                    seconds = statistics.median(time_of(device, work) for _ in range(epochs))
                    steps = -(-len(images) // batch)
                    print_row(
                        way, precision, batch, f"{1e3 * seconds:.2f}", f"{1e3 * seconds / steps:.4f}",
                        f"{len(images) / seconds:,.0f}", f"{results[-1].item():.2f}")
                except Exception as error:  # a way that this version or machine has not
                    print_row(way, precision, batch, in_one_line(error), "", "", "")
                finally:
                    set_precision("fp32")
                    if hasattr(torch, "_dynamo"):
                        torch._dynamo.reset()


def products(batch, dtype, device):
    """(name, flops, work) of a training step's products with what follows each as operations of its own."""

    def random(*shape):
        return torch.rand(*shape, device=device).mul_(2).sub_(1).to(dtype)

    def layer(n, k, activation):
        x, w, b = random(batch, k), random(n, k), random(n)
        name = f"NT {batch}x{n}x{k} bias {'Relu' if activation else 'Identity'}"
        if activation is None:
            return name, (batch, n, k), lambda: F.linear(x, w, b)
        if hasattr(torch, "_addmm_activation"):  # product, bias and relu in one call of cuBLASLt
            return name, (batch, n, k), lambda: torch._addmm_activation(b, x, w.t())
        return name, (batch, n, k), lambda: activation(F.linear(x, w, b))

    def likelihood(n, k):
        x, w, b, target = random(batch, k), random(n, k), random(n), random(batch, n).abs_()

        def work():
            logits = F.linear(x, w, b)
            loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(dim=1)
            return loss, (torch.sigmoid(logits) - target) * (1 / batch)

        return f"NT {batch}x{n}x{k} likelihood Bernoulli", (batch, n, k), work

    def derivative(n, k):
        g, w, h = random(batch, k), random(k, n), random(batch, n)
        return f"NN {batch}x{n}x{k} derivative of Relu", (batch, n, k), lambda: (g @ w) * (h > 0)

    def plain(orientation, m, n, k):
        a = random(k, m).t() if orientation == "TN" else random(m, k)
        b = random(n, k).t() if orientation == "NT" else random(k, n)
        return f"{orientation} {m}x{n}x{k}", (m, n, k), lambda: torch.mm(a, b)

    size = 4096 if device.type == "cuda" else 256
    return [
        *(plain(orientation, size, size, size) for orientation in ("NT", "NN", "TN") if batch == 128),
        layer(HIDDEN, PIXELS, torch.relu),
        layer(2 * LATENT, HIDDEN, None),
        layer(HIDDEN, LATENT, torch.relu),
        likelihood(PIXELS, HIDDEN),
        derivative(HIDDEN, PIXELS),
        plain("TN", PIXELS, HIDDEN, batch),
        plain("TN", HIDDEN, PIXELS, batch),
    ]


def median_of_products(device, work):
    """Seconds of one execution with a cache that holds none of its operands."""
    if device.type != "cuda":
        return statistics.median(time_of(device, work) for _ in range(5))
    eviction = torch.empty(EVICTION_BYTES, dtype=torch.uint8, device=device)
    samples = []
    for sample in range(SAMPLES + 10):
        eviction.zero_()
        # Keeps the device busy until the host has launched all that is measured.
        torch.cuda._sleep(500_000)
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        end.synchronize()
        samples.append(start.elapsed_time(end) / 1e3)
    return statistics.median(samples[10:])


def measure_products(device, batches):
    print_heading(
        "PyTorch: products by cuBLAS with bias and relu in them; derivative and loss are operations of their own",
        ("product", "precision"), ("µs", "GFLOP/s"))
    for precision in PRECISIONS if device.type == "cuda" else ("fp32",):
        set_precision(precision)
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        for batch in batches:
            try:
                with torch.no_grad():
                    for name, (m, n, k), work in products(batch, dtype, device):
                        seconds = median_of_products(device, work)
                        print_row(
                            name, precision, f"{1e6 * seconds:.2f}", f"{2 * m * n * k / seconds / 1e9:,.0f}")
            except Exception as error:
                print_row(f"batch {batch}", precision, in_one_line(error), "")
    set_precision("fp32")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with MNIST's training images")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--parts", default="epoch,products")
    parser.add_argument("--ways", default="eager,graph,compile,compiled graph")
    parser.add_argument("--batches", default="128,8192")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--images", type=int, default=60000)
    options = parser.parse_args()

    device = torch.device(options.device)
    batches = [int(batch) for batch in options.batches.split(",")]
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, {name}.")
    if "epoch" in options.parts:
        images = read_images(options.data)[: options.images].to(device)
        measure_epochs(images, device, batches, options.epochs, options.ways.split(","))
    if "products" in options.parts:
        measure_products(device, batches)


if __name__ == "__main__":
    main()
