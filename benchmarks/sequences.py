"""Train the networks for sequences and trees by `dlviz train` and print what they reach as a table.

    python benchmarks/sequences.py FOLDER [NAME...]

FOLDER holds the data that the commands name (sums and dates without a file are made by code) and gets the trained
networks; NAME is a key of `TRAININGS`, all of them by default: an hour.
"""

import sys

from networks import Training, table

TATOEBA = "--data tatoeba_eng_swe.tsv.gz --epochs 8 --batch 32"
LSTM = f"seq2seq {TATOEBA} --set embedding=128 --set dropout=0.3"
TREEBANK = "--data sst_train.txt.gz --epochs 5 --batch 32"
TRAININGS = {
    "addition": Training(
        "LSTM, `synthetic_addition`", "98%", "sequence_accuracy",
        "seq2seq --data synthetic_addition.tsv.gz --epochs 24 --batch 64 --set units=256 --set dropout=0.2 "
        "--set learning_rate=0.003",
    ),
    "sums": Training(
        "LSTM with Luong's attention, made sums", "98%", "sequence_accuracy",
        "seq2seq --data sums --epochs 16 --batch 64 --set attention=luong --set dropout=0.1 --set learning_rate=0.003",
    ),
    "written_dates": Training(
        "LSTM with Luong's attention, `synthetic_dates`", "99%", "sequence_accuracy",
        "seq2seq --data synthetic_dates.tsv.gz --epochs 12 --batch 32 --set attention=luong",
    ),
    "dates": Training(
        "Transformer, made dates", "99%", "sequence_accuracy", "transformer --data dates --epochs 10 --set warmup=1"
    ),
    "plain": Training("LSTM, English-Swedish, BLEU", "", "bleu", LSTM),
    "attention": Training(
        "the same with Luong's attention", "3 above", "bleu", f"{LSTM} --set attention=luong"
    ),
    "transformer": Training(
        "Transformer, English-Swedish, BLEU", "", "bleu",
        f"transformer {TATOEBA} --set width=128 --set hidden=512 --set dropout=0.3 --set warmup=1",
    ),
    "tree_rnn": Training(
        "tree RNN, treebank, binary root, all nodes", "", "root_accuracy node_accuracy",
        f"tree_rnn {TREEBANK}",
    ),
    "rntn": Training(
        "RNTN, treebank, binary root, all nodes", "80%", "root_accuracy node_accuracy",
        f"rntn {TREEBANK} --set units=30",
    ),
    "tree_lstm": Training(
        "Tree-LSTM, treebank, binary root, all nodes", "82%", "root_accuracy node_accuracy",
        f"tree_lstm {TREEBANK} --set embedding=40 --set units=64",
    ),
    "denoiser": Training(
        "denoiser, spoken digits, noise at 0 dB, gain in dB", "6", "snr_gain_db",
        "denoiser --data fsdd_8khz_900.npz --epochs 12 --batch 16",
    ),
}  # fmt: skip

if __name__ == "__main__":
    table(TRAININGS, *sys.argv[1:])
