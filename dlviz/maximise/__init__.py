"""Pictures that maximise a response: regularised gradient ascent from noise, all units of a layer as one batch.

C. Olah, A. Mordvintsev, L. Schubert, Feature visualization, Distill 2017, doi 10.23915/distill.00007.
"""
