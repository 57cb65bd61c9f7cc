from dlviz_models.keras_settings import set_up_tensorflow

set_up_tensorflow()
