#!/usr/bin/env python3
"""GpuVae's tables beside PyTorch's: which target is met, and by how much. Prints a Markdown table.

    python3 compare.py GPUVAE.md PYTORCH.md

Reads what `GpuVae.Bench kernels` and `epoch` and `vae_torch.py` write. A section `epoch, tf32` has that precision, a
section without one has fp32. A figure that is missing leaves its target out, and the last line counts them.
"""

import sys


def read_tables(path):
    """Every table as (section, headings, rows)."""
    section, table, tables = "", [], []
    with open(path, encoding="utf-8") as file:
        for line in [*file, "\n"]:
            if line.startswith("## "):
                section = line[3:].strip()
            if line.startswith("|"):
                table.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            elif table:
                tables.append((section, table[0], table[2:]))
                table = []
    return tables


def number(text):
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def precision_of(section):
    return section.split(", ")[1] if ", " in section else "fp32"


def as_theirs(precision):
    """3xtf32 is float32 by another way."""
    return "fp32" if precision == "3xtf32" else precision


def read_ours(path):
    """{(precision, batch): ms of an epoch}, {(precision, product): µs}."""
    epochs, products = {}, {}
    for section, headings, rows in read_tables(path):
        for row in rows:
            cells = dict(zip(headings, row))
            if "GpuVae s" in cells and number(cells["GpuVae s"]) is not None:
                epochs[precision_of(section), cells["batch"]] = 1e3 * number(cells["GpuVae s"])
            if cells.get("operation") == "Multiply" and number(cells["µs"]) is not None:
                products[precision_of(section), cells["size"]] = number(cells["µs"])
    return epochs, products


def read_theirs(path):
    """{(way, precision, batch): ms of an epoch}, {(precision, product): µs}."""
    epochs, products = {}, {}
    for _, headings, rows in read_tables(path):
        for row in rows:
            cells = dict(zip(headings, row))
            if "way" in cells and number(cells["ms/epoch"]) is not None:
                epochs[cells["way"], cells["precision"], cells["batch"]] = number(cells["ms/epoch"])
            if "product" in cells and number(cells["µs"]) is not None:
                products[cells["precision"], cells["product"]] = number(cells["µs"])
    return epochs, products


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    our_epochs, our_products = read_ours(sys.argv[1])
    their_epochs, their_products = read_theirs(sys.argv[2])
    missing = []

    def compare(name, ours, theirs, needed, unit):
        if ours is None or theirs is None:
            missing.append(name)
            return
        ratio = theirs / ours
        met = "yes" if ratio >= needed else "**no**"
        print(f"| {name} | {ours:.4g} {unit} | {theirs:.4g} {unit} | {ratio:.2f} | {needed:.2f} | {met} |")

    print("| compared | GpuVae | PyTorch | times faster | needed | met |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for precision in sorted({key[0] for key in our_epochs}):
        for batch, way, needed in (("128", "eager", 10), ("128", "graph", 3), ("128", "compiled graph", 1), ("8192", "compile", 1)):
            compare(
                f"epoch, batch {batch}, {precision}, {way}", our_epochs.get((precision, batch)),
                their_epochs.get((way, as_theirs(precision), batch)), needed, "ms")
    if ("fp32", "128") in our_epochs:
        compare("epoch, batch 128, fp32, 60 ms", our_epochs["fp32", "128"], 60.0, 1, "ms")
    for precision in sorted({key[0] for key in our_products}):
        for their_precision, product in sorted(their_products):
            if their_precision != as_theirs(precision):
                continue
            share = {"tf32": 0.6, "bf16": 0.6}.get(precision, 0.8) if "4096x4096x4096" in product else 1
            compare(
                f"{product}, {precision}", our_products.get((precision, product)),
                their_products[their_precision, product], share, "µs")
    if missing:
        print(f"\nLeft out, as a figure is missing: {'; '.join(missing)}.")


if __name__ == "__main__":
    main()
