"""Where programs that JAX compiled are kept, so that a second process starts at once."""

from __future__ import annotations

import os
from pathlib import Path


def keep_compiled() -> None:
    """Keep compiled programs on disk, in CURVESHIFT_CACHE or the user's cache; without such a folder, do nothing."""
    import jax

    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(os.environ.get("CURVESHIFT_CACHE", str(Path(home) / "curveshift" / "xla")))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)  # type: ignore[no-untyped-call]
