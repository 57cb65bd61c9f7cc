"""Panels that several views share: of samples, answers, weights and patches."""
