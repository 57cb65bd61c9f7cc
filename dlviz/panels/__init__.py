"""Panels of what views show, made of samples, answers, weights and patches."""
