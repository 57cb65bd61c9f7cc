"""Train the networks of the lectures on MNIST and CIFAR-10 by `dlviz train` and print what they reach as a table.

    python benchmarks/networks.py FOLDER [NAME...]

FOLDER holds mnist.npz and cifar10.npz (see `decode_jpegs.py`) and gets the trained networks; NAME is a key of
`TRAININGS`, all of them by default: some hours.
"""

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Training:
    """One line of the table.

    Attributes:
        summary: network and data, in words.
        aim: what is to be reached.
        figure: which of the figures of `dlviz train --json` is meant, or several with spaces between them.
        command: the words after `dlviz train`.
    """

    summary: str
    aim: str
    figure: str
    command: str


TRAININGS = {
    "logistic": Training(
        "logistic regression, MNIST", "92.0%", "accuracy",
        "logistic --data mnist.npz --epochs 20 --batch 256",
    ),
    "lenet5": Training("LeNet-5, MNIST", "99.2%", "accuracy", "lenet5 --data mnist.npz --epochs 30"),
    "lenet5_altered": Training(
        "LeNet-5, MNIST, digits altered", "99.4%", "accuracy",
        "lenet5 --data mnist.npz --epochs 40 --set augment=shift,rotate,zoom",
    ),
    "autoencoder": Training(
        "deep autoencoder 784-1000-500-250-30, MNIST", "3.00", "reconstruction_error",
        "autoencoder --data mnist.npz --epochs 35 --set learning_rate=0.001",
    ),
    "autoencoder_small": Training(
        "deep autoencoder 784-400-200-100-30, MNIST; shipped", "", "reconstruction_error",
        "autoencoder --data mnist.npz --epochs 35 --set hidden=400,200,100 --set learning_rate=0.001",
    ),
    "dbn": Training(
        "deep belief net 784-300-300-600, MNIST, digits altered while fine-tuned; shipped", "98.5%", "accuracy",
        "dbn --data mnist.npz --epochs 30 --set hidden=300,300,600 --set pretraining=25 --set persistent=true "
        "--set augment=shift,rotate,zoom --set learning_rate=0.001",
    ),
    "dbn_plain": Training(
        "the same, digits as they are", "98.5%", "accuracy",
        "dbn --data mnist.npz --epochs 15 --set hidden=300,300,600 --set pretraining=25 --set persistent=true "
        "--set learning_rate=0.0005",
    ),
    "dbn_large": Training(
        "deep belief net 784-500-500-2000, MNIST", "98.5%", "accuracy",
        "dbn --data mnist.npz --epochs 12 --set pretraining=15 --set learning_rate=0.0003",
    ),
    "resnet20": Training(
        "ResNet-20, CIFAR-10", "above plain-20", "accuracy",
        "resnet --data cifar10.npz --epochs 10 --set augment=shift,flip --log resnet20.csv",
    ),
    "plain20": Training(
        "plain-20, CIFAR-10", "", "accuracy",
        "resnet --data cifar10.npz --epochs 10 --set augment=shift,flip --set skip=false --log plain20.csv",
    ),
    "alexnet32": Training(
        "small AlexNet, CIFAR-10; shipped", "70%", "accuracy",
        "alexnet32 --data cifar10.npz --epochs 45 --batch 64 --set filters=48,64,96,96,64 --set hidden=256,256 "
        "--set dropout=0.4 --set learning_rate=0.001 --set augment=shift,flip",
    ),
}  # fmt: skip


def table(trainings: dict[str, Training], folder: str, *names: str) -> None:
    """Train those of these names, or all, with the data of a folder; the networks go there too."""
    print("| network, data | aim | measured | seconds | command |\n|---|---|---|---|---|")
    for name in names or trainings:
        training = trainings[name]
        command = f"dlviz train {training.command} --out {name}.keras"
        words = [sys.executable, "-m", *shlex.split(command), "--json"]
        done = subprocess.run(words, cwd=Path(folder), stdout=subprocess.PIPE, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        measured = ", ".join(shown(figure, result[figure]) for figure in training.figure.split())
        print(
            f"| {training.summary} | {training.aim} | {measured} | {result['seconds']:.0f} | `{command}` |", flush=True
        )


def shown(figure: str, value: float) -> str:
    """Return a figure as in the table: shares in per cent."""
    return f"{100 * value:.2f}%" if figure.endswith("accuracy") else f"{value:.2f}"


if __name__ == "__main__":
    table(TRAININGS, *sys.argv[1:])
