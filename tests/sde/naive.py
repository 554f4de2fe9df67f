"""The kernels in plain NumPy: full states, one trajectory a column, random numbers of its own."""

import numpy as np

WORD = np.uint64(0xFFFFFFFF)


def u64(x):
    return np.uint64(x)


def philox(counter, key):
    """Philox4x32-10 on 32-bit words held in uint64: counter and result (4, ...), key (2,)."""
    x = [np.asarray(c, np.uint64) for c in counter]
    k = [int(k) for k in key]
    for _ in range(10):
        p0, p1 = u64(0xD2511F53) * x[0], u64(0xCD9E8D57) * x[2]
        x = [
            (p1 >> u64(32)) ^ x[1] ^ u64(k[0]),
            p1 & WORD,
            (p0 >> u64(32)) ^ x[3] ^ u64(k[1]),
            p0 & WORD,
        ]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def stream(seed, trajectories, chunk, purpose):
    """xoshiro256+ states (4, trajectories)."""
    key = (seed & 0xFFFFFFFF, seed >> 32)
    index = np.asarray(trajectories, np.uint64)
    words = []
    for half in (0, 1):
        low = np.full(index.shape, (purpose << 1) | half, np.uint64)
        x = philox(
            (low, np.full(index.shape, chunk, np.uint64), index & WORD, index >> u64(32)), key
        )
        words += [x[0] | (x[1] << u64(32)), x[2] | (x[3] << u64(32))]
    return words


def rotate(x, k):
    return (x << u64(k)) | (x >> u64(64 - k))


def xoshiro(s):
    """One output of xoshiro256+; the state list is advanced in place."""
    out = s[0] + s[3]
    t = s[1] << u64(17)
    s[2] = s[2] ^ s[0]
    s[3] = s[3] ^ s[1]
    s[1] = s[1] ^ s[2]
    s[0] = s[0] ^ s[3]
    s[2] = s[2] ^ t
    s[3] = rotate(s[3], 45)
    return out


def normal_pair(a, b):
    """Box–Muller with library functions: radius from the top 52 bits of a, angle from those of b.

    Two more bits of b choose its two reflections.
    """
    u = 1.0 - (a >> u64(12)).astype(float) * 2.0**-52
    t = (b >> u64(12)).astype(float) * 2.0**-52 - 0.5
    radius = np.sqrt(-2.0 * np.log(u))
    along, across = signs(b, 52) * radius * np.cos(np.pi * t / 2), radius * np.sin(np.pi * t / 2)
    turned = (b >> u64(10)) & u64(1) == u64(1)
    return np.where(turned, across, along), np.where(turned, along, across)


def signs(bits, place):
    return np.where((bits << u64(place)) >> u64(63), -1.0, 1.0)


def three_point(bits, place):
    """±√3 with a chance of 715827883/2³¹ altogether, by 31 bits; the sign by the bit above them."""
    chance = 715827883 / 2**31
    taken = ((bits >> u64(32 - place)) & u64(2**31 - 1)) < u64(715827883)
    return np.where(taken, signs(bits, place) / np.sqrt(chance), 0.0)


def numbers(s, channels, increments):
    """Two steps' random numbers (2, channels, trajectories)."""
    drawn, bits = np.zeros((2, channels, s[0].size)), None
    for k in range(channels):
        if increments == "gaussian":
            drawn[:, k] = normal_pair(xoshiro(s), xoshiro(s))
        elif increments == "two-point":
            bits = xoshiro(s) if k % 30 == 0 else bits
            drawn[:, k] = [signs(bits, 2 * (k % 30) + at) for at in range(2)]
        else:
            bits = xoshiro(s)
            drawn[:, k] = [three_point(bits, 32 * at) for at in range(2)]
    return drawn


def stage_numbers(s, channels, increments):
    """The second stage's own (2, channels, trajectories), of variance ⅓."""
    return numbers(s, channels, "gaussian" if increments == "gaussian" else "two-point") / np.sqrt(
        3
    )


def one_step(f, u, h, kick, stage_kick, stages):
    """Euler–Maruyama, or SRA1 of Rößler: u (n, trajectories), f its drift."""
    if stages == 1:
        return u + h * f(u) + kick
    middle = u + 0.75 * h * f(u) + 0.75 * (kick + stage_kick)
    return u + h * (f(u) + 2 * f(middle)) / 3 + kick


def paths(
    model, mean, root, *, step, steps, trajectories, seed, chunk, stages=1, increments="gaussian"
):
    """Full states x, z (at twice the step) and opposite (all noise reversed), twins y, two means.

    All after `steps` steps; x, y, z are (n, trajectories); `root` is the square root of the start's
    covariance; z is None after an odd step, and means nothing for two stages. The twin is stepped
    together with the mean, as the linearised step of the pair.
    """
    n, channels = model.size, len(model.channels)
    s = stream(seed, trajectories, 0, 1)
    rows = []
    for _ in range(0, n, 2):
        rows += normal_pair(xoshiro(s), xoshiro(s))
    y = root @ np.array(rows[:n])
    x, z, opposite = mean[:, None] + y, mean[:, None] + y, mean[:, None] - y
    u, w = mean.copy(), mean.copy()

    def drift(v):
        return model.drift(v.T).T

    for first in range(0, steps, 2):
        if first % chunk == 0:
            s = stream(seed, trajectories, first // chunk, 0)
        drawn = numbers(s, channels, increments)
        stage = stage_numbers(s, channels, increments) if stages == 2 else 0 * drawn
        kicks, stage_kicks = (np.sqrt(step) * (model.B @ part) for part in (drawn, stage))
        for kick, stage_kick in list(zip(kicks, stage_kicks, strict=True))[: min(2, steps - first)]:
            x = one_step(drift, x, step, kick, stage_kick, stages)
            opposite = one_step(drift, opposite, step, -kick, -stage_kick, stages)
            y, u = twin_step(model, y, u, step, kick, stage_kick, stages)
        if first + 1 < steps:
            z = z + 2 * step * drift(z) + kicks.sum(axis=0)
            w = w + 2 * step * model.drift(w, "mean")
    return {"x": x, "y": y, "z": z, "opposite": opposite, "mean": u, "coarse_mean": w}


def twin_step(model, y, u, h, kick, stage_kick, stages):
    A = model.jacobian(u, "mean")
    f = model.drift(u, "mean")
    if stages == 1:
        return y + h * A @ y + kick, u + h * f
    middle, v = y + 0.75 * h * A @ y + 0.75 * (kick + stage_kick), u + 0.75 * h * f
    slope = (A @ y + 2 * model.jacobian(v, "mean") @ middle) / 3
    return y + h * slope + kick, u + h * (f + 2 * model.drift(v, "mean")) / 3
