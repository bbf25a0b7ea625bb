"""A decoder transformer: RMS norm, rotary positions, squared ReLU; dense or with experts, full or latent attention."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp

from .language import VOCABULARY
from .settings import ACTIVE, CAPACITY, EXPERT_HIDDEN, EXPERTS, MLP, ROPE_KEY, Shape

if TYPE_CHECKING:
    from jax import Array

_EPSILON = 1e-6


class Dense(eqx.Module):
    """A matrix without bias, (inputs, outputs): x ↦ x W."""

    weight: Array

    def __init__(self, key: Array, inputs: int, outputs: int, gain: float = 1.0) -> None:
        self.weight = jax.random.normal(key, (inputs, outputs), jnp.float32) * (gain / math.sqrt(inputs))

    def __call__(self, x: Array) -> Array:
        """(batch, time, inputs) to (batch, time, outputs)."""
        return x @ self.weight


class Attention(eqx.Module):
    """Causal attention of many heads with keys and values of full width."""

    qkv: Dense
    out: Dense
    heads: int = eqx.field(static=True)

    def __init__(self, key: Array, shape: Shape) -> None:
        k1, k2 = jax.random.split(key)
        d = shape.width
        self.heads = shape.heads
        self.qkv = Dense(k1, d, 3 * d)
        self.out = Dense(k2, d, d, 1.0 / math.sqrt(2 * shape.depth))

    def __call__(self, x: Array) -> Array:
        """(batch, time, inputs) to (batch, time, outputs)."""
        b, t, d = x.shape
        q, k, v = (y.reshape(b, t, self.heads, d // self.heads) for y in jnp.split(self.qkv(x), 3, axis=-1))
        mixed = _attend(_rotate(q), _rotate(k), v)
        return self.out(mixed.reshape(b, t, d))


class LatentAttention(eqx.Module):
    """Keys and values out of one compressed vector a token, and a small shared key for the position.

    A cache then holds latent + 8 numbers a token and block instead of 2 width (DeepSeek-AI 2024, arXiv 2405.04434).
    """

    query: Dense
    down: Dense
    up: Dense
    out: Dense
    heads: int = eqx.field(static=True)

    def __init__(self, key: Array, shape: Shape) -> None:
        keys = jax.random.split(key, 4)
        d = shape.width
        self.heads = shape.heads
        self.query = Dense(keys[0], d, d + self.heads * ROPE_KEY)
        self.down = Dense(keys[1], d, shape.latent + ROPE_KEY)
        self.up = Dense(keys[2], shape.latent, 2 * d)
        self.out = Dense(keys[3], d, d, 1.0 / math.sqrt(2 * shape.depth))

    def __call__(self, x: Array) -> Array:
        """(batch, time, inputs) to (batch, time, outputs)."""
        b, t, d = x.shape
        q = self.query(x).reshape(b, t, self.heads, d // self.heads + ROPE_KEY)
        small = self.down(x)
        latent, placed = _norm(small[..., :-ROPE_KEY]), small[..., None, -ROPE_KEY:]
        k, v = (y.reshape(b, t, self.heads, d // self.heads) for y in jnp.split(self.up(latent), 2, axis=-1))
        turned = jnp.broadcast_to(_rotate(placed), (b, t, self.heads, ROPE_KEY))
        q = jnp.concatenate([q[..., :-ROPE_KEY], _rotate(q[..., -ROPE_KEY:])], axis=-1)
        return self.out(_attend(q, jnp.concatenate([k, turned], axis=-1), v).reshape(b, t, d))


class Mlp(eqx.Module):
    """One hidden layer with squared ReLU."""

    up: Dense
    down: Dense

    def __init__(self, key: Array, shape: Shape) -> None:
        k1, k2 = jax.random.split(key)
        d = shape.width
        self.up = Dense(k1, d, MLP * d)
        self.down = Dense(k2, MLP * d, d, 1.0 / math.sqrt(2 * shape.depth))

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """(batch, time, width) to the same, and how unevenly experts are used."""
        return self.down(jnp.square(jax.nn.relu(self.up(x)))), jnp.zeros((), jnp.float32)


class Experts(eqx.Module):
    """Eight small layers of which each token uses two, in places of limited number.

    Places go to early positions first, so that a token never loses its place to a later one of its document.
    """

    router: Dense
    up: Array
    down: Array

    def __init__(self, key: Array, shape: Shape) -> None:
        k1, k2, k3 = jax.random.split(key, 3)
        d, h = shape.width, int(EXPERT_HIDDEN * shape.width)
        self.router = Dense(k1, d, EXPERTS)
        self.up = jax.random.normal(k2, (EXPERTS, d, h), jnp.float32) / math.sqrt(d)
        scale = 1.0 / math.sqrt(h * 2 * shape.depth)
        self.down = jax.random.normal(k3, (EXPERTS, h, d), jnp.float32) * scale

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """(batch, time, width) to the same, and how unevenly experts are used."""
        b, t, d = x.shape
        flat = jnp.swapaxes(x, 0, 1).reshape(b * t, d)
        n = b * t
        places = math.ceil(CAPACITY * ACTIVE * n / EXPERTS)
        chance = jax.nn.softmax(self.router(flat), axis=-1)
        weight, chosen = jax.lax.top_k(chance, ACTIVE)
        weight = weight / weight.sum(axis=-1, keepdims=True)
        hot = jax.nn.one_hot(chosen.reshape(-1), EXPERTS, dtype=jnp.int32)
        place = jnp.sum(hot * (jnp.cumsum(hot, axis=0) - 1), axis=-1)
        slot = jnp.where(place < places, chosen.reshape(-1) * places + place, EXPERTS * places)
        token = jnp.repeat(jnp.arange(n, dtype=jnp.int32), ACTIVE)
        # One slot more than there are, for those without a place, and one empty token for empty slots.
        source = jnp.full((EXPERTS * places + 1,), n, jnp.int32).at[slot].set(token)[:-1]
        padded = jnp.concatenate([flat, jnp.zeros((1, d), flat.dtype)])
        inside = padded[source].reshape(EXPERTS, places, d)
        hidden = jnp.square(jax.nn.relu(jnp.einsum("epd,edh->eph", inside, self.up)))
        worked = jnp.einsum("eph,ehd->epd", hidden, self.down).reshape(EXPERTS * places, d)
        worked = jnp.concatenate([worked, jnp.zeros((1, d), flat.dtype)])
        mixed = jnp.sum(worked[slot].reshape(n, ACTIVE, d) * weight[..., None], axis=1)
        used = jnp.mean(jax.nn.one_hot(chosen, EXPERTS, dtype=jnp.float32), axis=(0, 1))
        # Least when experts are used evenly (Fedus et al. 2021, arXiv 2101.03961, equation 4).
        uneven = EXPERTS * jnp.sum(used * jnp.mean(chance, axis=0))
        return jnp.swapaxes(mixed.reshape(t, b, d), 0, 1), uneven


class Block(eqx.Module):
    """Attention, then a layer or experts, each added to what came in."""

    attention: Attention | LatentAttention
    mlp: Mlp | Experts

    def __init__(self, key: Array, shape: Shape) -> None:
        k1, k2 = jax.random.split(key)
        self.attention = (Attention if shape.attention == "full" else LatentAttention)(k1, shape)
        self.mlp = (Mlp if shape.experts == 1 else Experts)(k2, shape)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """(batch, time, width) to the same, and how unevenly experts are used."""
        x = x + self.attention(_norm(x))
        added, uneven = self.mlp(_norm(x))
        return x + added, uneven


class Transformer(eqx.Module):
    """Tokens, shape (batch, time), to logits of the next token, shape (batch, time, vocabulary)."""

    embedding: Array
    blocks: list[Block]
    unembedding: Dense | None

    def __init__(self, key: Array, shape: Shape) -> None:
        k1, k2, *rest = jax.random.split(key, shape.depth + 2)
        d = shape.width
        scale = 1.0 / math.sqrt(d) if shape.tied else 1.0
        self.embedding = jax.random.normal(k1, (VOCABULARY, d), jnp.float32) * scale
        self.blocks = [Block(k, shape) for k in rest]
        self.unembedding = None if shape.tied else Dense(k2, d, VOCABULARY, 0.5)

    def __call__(self, tokens: Array) -> tuple[Array, Array]:
        """Logits, and how unevenly experts are used (zero without any)."""
        x = _norm(self.embedding[tokens])
        uneven = jnp.zeros((), jnp.float32)
        for block in self.blocks:
            x, more = block(x)
            uneven = uneven + more
        x = _norm(x)
        logits = x @ self.embedding.T if self.unembedding is None else self.unembedding(x)
        return logits, uneven


def _norm(x: Array) -> Array:
    return x * jax.lax.rsqrt(jnp.mean(jnp.square(x), axis=-1, keepdims=True) + _EPSILON)


def _rotate(x: Array) -> Array:
    """Rotary positions (Su et al. 2021, arXiv 2104.09864) of (batch, time, heads, width)."""
    t, half = x.shape[1], x.shape[-1] // 2
    rate = jnp.asarray(100.0, jnp.float32) ** (-jnp.arange(half, dtype=jnp.float32) / half)
    angle = jnp.arange(t, dtype=jnp.float32)[:, None] * rate[None, :]
    cos, sin = jnp.cos(angle)[None, :, None, :], jnp.sin(angle)[None, :, None, :]
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def _attend(q: Array, k: Array, v: Array) -> Array:
    """Causal attention of (batch, time, heads, width)."""
    t = q.shape[1]
    scores = jnp.einsum("bqhc,bkhc->bhqk", q, k) * (1.0 / math.sqrt(q.shape[-1]))
    mask = jnp.tril(jnp.ones((t, t), bool))
    share = jax.nn.softmax(jnp.where(mask, scores, -1e9), axis=-1)
    return jnp.einsum("bhqk,bkhc->bqhc", share, v)
