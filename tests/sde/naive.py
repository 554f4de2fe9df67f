"""The naive twin of the emitted kernels: plain NumPy on full states, a trajectory a column, its own random numbers."""

import numpy as np

WORD = np.uint64(0xFFFFFFFF)


def u64(x):
    return np.uint64(x)


def philox(counter, key):
    """Philox4x32-10 on arrays of 32-bit words held in uint64: counter and result (4, ...), key (2,)."""
    x = [np.asarray(c, np.uint64) for c in counter]
    k = [int(k) for k in key]
    for _ in range(10):
        p0, p1 = u64(0xD2511F53) * x[0], u64(0xCD9E8D57) * x[2]
        x = [(p1 >> u64(32)) ^ x[1] ^ u64(k[0]), p1 & WORD, (p0 >> u64(32)) ^ x[3] ^ u64(k[1]), p0 & WORD]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def stream(seed, trajectories, chunk, purpose):
    """xoshiro256++ states (4, trajectories)."""
    key = (seed & 0xFFFFFFFF, seed >> 32)
    index = np.asarray(trajectories, np.uint64)
    words = []
    for half in (0, 1):
        low = np.full(index.shape, (purpose << 1) | half, np.uint64)
        x = philox((low, np.full(index.shape, chunk, np.uint64), index & WORD, index >> u64(32)), key)
        words += [x[0] | (x[1] << u64(32)), x[2] | (x[3] << u64(32))]
    return words


def rotate(x, k):
    return (x << u64(k)) | (x >> u64(64 - k))


def xoshiro(s):
    """One output of xoshiro256++; the state list is advanced in place."""
    out = rotate(s[0] + s[3], 23) + s[0]
    t = s[1] << u64(17)
    s[2] = s[2] ^ s[0]
    s[3] = s[3] ^ s[1]
    s[1] = s[1] ^ s[2]
    s[0] = s[0] ^ s[3]
    s[2] = s[2] ^ t
    s[3] = rotate(s[3], 45)
    return out


def normal_pair(a, b):
    """Box–Muller with library functions: the radius from the top 52 bits of a, the angle from b."""
    u = 1.0 - (a >> u64(12)).astype(float) * 2.0**-52
    t = (b >> u64(12)).astype(float) * 2.0**-52 - 0.5
    sign = np.where((b >> u64(3)) & u64(1), -1.0, 1.0)
    radius = np.sqrt(-2.0 * np.log(u))
    return sign * radius * np.cos(np.pi * t), radius * np.sin(np.pi * t)


def pairs(s, channels):
    """Two steps' normals (channels, trajectories) each."""
    drawn = [normal_pair(xoshiro(s), xoshiro(s)) for _ in range(channels)]
    empty = np.zeros((0, s[0].size))
    cosines = np.array([c for c, _ in drawn]) if drawn else empty
    sines = np.array([z for _, z in drawn]) if drawn else empty
    return cosines, sines


def euler_maruyama(model, mean, root, *, step, steps, trajectories, seed, chunk):
    """Full states x and z (at twice the step), twins y, and the two Euler-stepped means, after `steps` steps.

    x, y, z are (n, trajectories); `root` is the square root of the start's covariance; z is None after an odd step.
    """
    n, channels = model.size, len(model.channels)
    s = stream(seed, trajectories, 0, 1)
    rows = []
    for _ in range(0, n, 2):
        rows += normal_pair(xoshiro(s), xoshiro(s))
    y = root @ np.array(rows[:n])
    x, z = mean[:, None] + y, mean[:, None] + y
    u, w = mean.copy(), mean.copy()
    for first in range(0, steps, 2):
        if first % chunk == 0:
            s = stream(seed, trajectories, first // chunk, 0)
        cosines, sines = pairs(s, channels)
        for normals in (cosines, sines)[: min(2, steps - first)]:
            kick = np.sqrt(step) * model.B @ normals
            x = x + step * model.drift(x.T).T + kick
            y = y + step * model.jacobian(u, "mean") @ y + kick
            u = u + step * model.drift(u, "mean")
        if first + 1 < steps:
            z = z + 2 * step * model.drift(z.T).T + np.sqrt(step) * model.B @ (cosines + sines)
            w = w + 2 * step * model.drift(w, "mean")
    return {"x": x, "y": y, "z": z, "mean": u, "coarse_mean": w}
