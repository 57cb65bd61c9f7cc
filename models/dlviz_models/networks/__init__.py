"""The networks that can be built, by name."""

from dlviz_models.errors import UserError
from dlviz_models.networks.sequence_networks import SEQUENCE_NETWORKS
from dlviz_models.networks.spec import NetworkSpec

_LENET = "LeCun et al., Gradient-based learning applied to document recognition, 1998, DOI 10.1109/5.726791"
_ALEXNET = (
    "Krizhevsky, Sutskever, Hinton, ImageNet classification with deep convolutional neural networks, NIPS 2012, "
    "DOI 10.1145/3065386"
)
NETWORKS = {
    spec.name: spec
    for spec in (
        NetworkSpec(
            "logistic",
            "classifier",
            "One layer of weights and a softmax: each class has a picture of weights.",
            "Cox, The regression analysis of binary sequences, 1958, DOI 10.1111/j.2517-6161.1958.tb00292.x",
            (28, 28, 1),
            7_850,
            "logistic",
            "LogisticRegression",
        ),
        NetworkSpec(
            "mlp",
            "classifier",
            "Fully connected hidden layers, 300 and 100 units as in the LeNet paper.",
            "Rumelhart, Hinton, Williams, Learning representations by back-propagating errors, 1986, "
            f"DOI 10.1038/323533a0; sizes: {_LENET}",
            (28, 28, 1),
            266_610,
            "mlp",
            "MLP",
        ),
        NetworkSpec(
            "lenet5",
            "classifier",
            "The convolutional network that read cheques: three convolutions, two poolings, two dense layers.",
            _LENET,
            (28, 28, 1),
            61_706,
            "lenet",
            "LeNet5",
        ),
        NetworkSpec(
            "alexnet",
            "classifier",
            "Five convolutions and three dense layers, on two GPUs: the network that began the age of deep learning.",
            _ALEXNET,
            (227, 227, 3),
            60_965_224,
            "alexnet",
            "AlexNet",
        ),
        NetworkSpec(
            "alexnet32",
            "classifier",
            "AlexNet's layers at a size that learns 32x32 pictures without a GPU.",
            f"After {_ALEXNET}",
            (32, 32, 3),
            2_301_322,
            "alexnet",
            "AlexNet32",
        ),
        NetworkSpec(
            "zfnet",
            "classifier",
            "AlexNet with smaller, denser first filters, found by looking inside it.",
            "Zeiler, Fergus, Visualizing and understanding convolutional networks, ECCV 2014, "
            "DOI 10.1007/978-3-319-10590-1_53, arXiv 1311.2901",
            (224, 224, 3),
            62_357_608,
            "zfnet",
            "ZFNet",
        ),
        NetworkSpec(
            "vgg",
            "classifier",
            "Nothing but 3x3 convolutions and poolings, as deep as wanted.",
            "Simonyan, Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR 2015, "
            "DOI 10.48550/arXiv.1409.1556",
            (224, 224, 3),
            138_357_544,
            "vgg",
            "VGG",
        ),
        NetworkSpec(
            "resnet",
            "classifier",
            "Skip connections around every two convolutions, so that very deep networks learn; or the same without.",
            "He, Zhang, Ren, Sun, Deep residual learning for image recognition, CVPR 2016, DOI 10.1109/CVPR.2016.90, "
            "arXiv 1512.03385",
            (32, 32, 3),
            271_098,
            "resnet",
            "ResNet",
        ),
        NetworkSpec(
            "autoencoder",
            "autoencoder",
            "Squeezes a picture through 30 numbers and back: 784-1000-500-250-30 and the same in reverse.",
            "Hinton, Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006, "
            "DOI 10.1126/science.1127647",
            (28, 28, 1),
            2_837_314,
            "autoencoder",
            "Autoencoder",
        ),
        NetworkSpec(
            "linear_autoencoder",
            "autoencoder",
            "One linear layer in, one out: what it learns spans the principal components.",
            "Baldi, Hornik, Neural networks and principal component analysis, 1989, DOI 10.1016/0893-6080(89)90014-2",
            (28, 28, 1),
            47_854,
            "autoencoder",
            "LinearAutoencoder",
        ),
        NetworkSpec(
            "denoising_autoencoder",
            "autoencoder",
            "Is shown noisy pictures and asked for the clean ones, and so learns strokes as features.",
            "Vincent et al., Stacked denoising autoencoders, JMLR 2010, DOI 10.5555/1756006.1953039",
            (28, 28, 1),
            785_284,
            "autoencoder",
            "DenoisingAutoencoder",
        ),
        NetworkSpec(
            "conv_autoencoder",
            "autoencoder",
            "Convolutions that halve the picture down to a code, and transposed ones that double it again.",
            "Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011, "
            "DOI 10.1007/978-3-642-21735-7_7",
            (28, 28, 1),
            105_247,
            "autoencoder",
            "ConvolutionalAutoencoder",
        ),
        NetworkSpec(
            "variational_autoencoder",
            "autoencoder",
            "Its code is a cloud, not a point, so that codes drawn at random decode to new pictures.",
            "Kingma, Welling, Auto-encoding variational Bayes, ICLR 2014, DOI 10.48550/arXiv.1312.6114",
            (28, 28, 1),
            815_824,
            "variational",
            "VariationalAutoencoder",
        ),
        NetworkSpec(
            "dbn",
            "belief net",
            "Restricted Boltzmann machines on one another: learns what digits look like, dreams them, classifies them.",
            "Hinton, Osindero, Teh, A fast learning algorithm for deep belief nets, Neural Computation 2006, "
            "DOI 10.1162/neco.2006.18.7.1527",
            (28, 28, 1),
            3_331_807,
            "dbn",
            "DBN",
        ),
        *SEQUENCE_NETWORKS,
    )
}


def network(name: str) -> NetworkSpec:
    """Return the network of that name.

    Raises:
        UserError: there is none.
    """
    if name not in NETWORKS:
        raise UserError(f"Unknown network {name[:80]}; choose one of {', '.join(NETWORKS)}.")
    return NETWORKS[name]
