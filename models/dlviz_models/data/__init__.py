"""Data sets: named ones, and readers of what people have on their disks."""

from dlviz_models.data.pictures import ArrayPictures, Data, Pictures
from dlviz_models.data.sources import names, open_data, open_pictures

__all__ = ["ArrayPictures", "Data", "Pictures", "names", "open_data", "open_pictures"]
