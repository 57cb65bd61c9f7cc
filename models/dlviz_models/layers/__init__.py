"""The layers that Keras does not have, one file each, registered so that saved networks open again."""
