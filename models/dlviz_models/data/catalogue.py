"""The data sets that have names, each with a sentence; nothing is imported, so that the window can list them."""

PICTURE_SUMMARIES = {
    "digits": "5,000 + 1,000 handwritten digits, 28x28, shipped: numbers 0..5999 of MNIST's training set.",
    "fashion": "5,000 + 1,000 pictures of clothes, 28x28, shipped: from Fashion-MNIST's training set, class by class.",
    "photos": "10 photographs, shipped, without classes: an astronaut, a cat, a cup of coffee and more.",
    "mnist": "MNIST: 60,000 + 10,000 handwritten digits, 28x28, from Keras's cache or download.",
    "fashion_mnist": "Fashion-MNIST: 60,000 + 10,000 pictures of clothes, 28x28, from Keras's cache or download.",
    "cifar10": "CIFAR-10: 50,000 + 10,000 colour photographs of 10 classes, 32x32, from Keras's cache or download.",
}
GENERATED_SUMMARIES = {
    "sums": "40,000 + 2,000 sums of two numbers below 1,000, made by code: 74+8 is 82.",
    "dates": "40,000 + 2,000 dates as people write them, made by code: Friday, 06 April 2018 is 2018-04-06.",
    "motifs": "8,000 + 2,000 strings of DNA, made by code: those of class motif have TGACTCA in them.",
    "tones": "1,600 + 400 sounds of half a second, made by code: tones that rise, fall, stay or tremble, in noise.",
    "sentences": "160 parse trees, made by code: “the film is not very good”, with the sentiment of every phrase.",
}
UNLABELLED = "unlabelled"
"""The part of a named data set that is shown where it is not known whether a network tells its classes apart."""
