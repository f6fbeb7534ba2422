"""Distillation from hidden states to a scalar, without a matrix of tokens times vocabulary."""

from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.loss import fused_kd_loss, fused_kd_loss_sums
from aprender.losses.fused.tiling import Tiling
from aprender.losses.fused.top_k import TopK, top_k_of

__all__ = ["LinearHead", "Tiling", "TopK", "fused_kd_loss", "fused_kd_loss_sums", "top_k_of"]
