"""Feature visualisation: inputs that maximise a response, by regularised gradient ascent from noise in batches.

C. Olah, A. Mordvintsev, L. Schubert, Feature visualization, Distill 2017, doi 10.23915/distill.00007.
"""
