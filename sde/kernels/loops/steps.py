"""Steps of models with many modes: loops over the terms of the drift, compiled once for all models.

A block of trajectories is stepped together. All its numbers are in S, each number beside those of
the other lanes: states of the paths, increments, and what a step computes. A quadrature's drift is

    constant  +  Σ coefficient · state  +  Σ coefficient · product of states

Polynomials that many quadratures share, but for the variables and the coefficients, are compiled
on their own (`polynomial_rows`) and called by their address.

Pasted into a generated module after `vector_width`, `noise`, `simd`, `coefficients` and
`increments`.
"""

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic

if __package__:  # in a generated module their code comes before this
    from ...jit.simd import (
        INNER,
        LANES,
        aligned_zeros,
        at,
        broadcast,
        element,
        fill,
        fma,
        never_inline,
        pointer,
        put,
    )
    from ...jit.vector_width import prefer_512_bit_vectors
    from .coefficients import fill_constants, fill_moving
    from .increments import (
        BLOCK,
        GAUSSIAN,
        TWO_POINT,
        gaussian_numbers,
        three_point_numbers,
        two_point_numbers,
    )

separate = njit(**INNER)  # type: ignore[call-overload]
"""Decorator of functions that LLVM may inline or not."""
SECOND, THIRD, FOURTH = LANES, 2 * LANES, 3 * LANES
"""Where the second, third and fourth vector of a block begin."""
ROW_LENGTH = 4
"""Whole numbers for a row of `sum_entries`."""
HALF = 32
"""An entry is one whole number: its place in the lower bits, the coefficient above these bits."""
PLACE = (1 << HALF) - 1
GROUP_LENGTH = 3
"""Whole numbers for a group of rows that one compiled polynomial computes."""
FULL, TWIN, COMPANION, MIRROR = 0, 1, 2, 3
"""Kinds of paths: x, y, z and m of `codegen`."""
ONE_OVER_SQRT3 = 3.0**-0.5


@separate
def draw_noise(S, g, distribution, tables, noise, amplitudes, scale, numbers, increments, zeros):
    """B · random numbers for the two steps of a pair, at the places `increments`.

    noise : where in the tables the places of the random numbers begin, and the rows of B begin and
    end. Without rows every channel drives a quadrature of its own: then these places are relative
    to the increments, and `scale` is B; else they are relative to `numbers`, and `scale` is one.
    """
    drawn, rows, end = noise
    first, second = numbers if rows < end else increments
    if distribution == GAUSSIAN:
        gaussian_numbers(g, S, first, second, tables, drawn, scale)
    elif distribution == TWO_POINT:
        two_point_numbers(g, S, first, second, tables, drawn, scale)
    else:
        three_point_numbers(g, S, first, second, tables, drawn, scale)
    if rows < end:
        s, b, t = pointer(S), pointer(amplitudes), pointer(tables)
        for step in range(2):
            x, out = numbers[step], increments[step]
            sum_entries(s, b, rows - rows, t, rows, end, x, x, zeros, out, 0.0)


@separate
def multiply_states(S, tables, pairs, triples, end, state, sign, products):
    """A row of ones, then products of two and three states of a path, one after the other.

    In the tables, places of two factors from `pairs` on; from `triples` to `end` the place of a
    pair's product, and of the third factor. In the mirror image of a path the ones and products of
    two have the opposite sign.
    """
    never_inline()
    prefer_512_bit_vectors()
    s = fill(sign)
    for lane in range(0, BLOCK, LANES):
        put(S, products + lane, s)
    out = products + BLOCK
    for k in range(pairs, end, 2):
        p = (state if k < triples else products) + element(tables, k)
        q = state + element(tables, k + 1)
        for lane in range(0, BLOCK, LANES):
            put(S, out + lane, s * at(S, p + lane) * at(S, q + lane))
        out += BLOCK


@separate
def sum_entries(S, c, base, tables, begin, end, state, products, start, result, whole):
    """result = whole · state + start + Σ c · state + Σ c · product, of every row.

    `state`, `products`, `start` and `result` are places of the first row. A row is its own place,
    and where its entries of states and of products begin, and end; an entry is the place of the
    factor and the index of the coefficient.
    """
    never_inline()
    prefer_512_bit_vectors()
    w = fill(whole)
    for r in range(begin, end, ROW_LENGTH):
        row = element(tables, r)
        p = start + row
        a, b = at(S, p), at(S, p + SECOND)
        d, e = at(S, p + THIRD), at(S, p + FOURTH)
        for k in range(element(tables, r + 1), element(tables, r + 2)):
            entry = element(tables, k)
            p, factor = state + (entry & PLACE), broadcast(c, base + (entry >> HALF))
            a, b = fma(factor, at(S, p), a), fma(factor, at(S, p + SECOND), b)
            d, e = fma(factor, at(S, p + THIRD), d), fma(factor, at(S, p + FOURTH), e)
        for k in range(element(tables, r + 2), element(tables, r + 3)):
            entry = element(tables, k)
            p, factor = products + (entry & PLACE), broadcast(c, base + (entry >> HALF))
            a, b = fma(factor, at(S, p), a), fma(factor, at(S, p + SECOND), b)
            d, e = fma(factor, at(S, p + THIRD), d), fma(factor, at(S, p + FOURTH), e)
        p, q = state + row, result + row
        put(S, q, fma(w, at(S, p), a))
        put(S, q + SECOND, fma(w, at(S, p + SECOND), b))
        put(S, q + THIRD, fma(w, at(S, p + THIRD), d))
        put(S, q + FOURTH, fma(w, at(S, p + FOURTH), e))


@intrinsic
def call_rows(
    _context, address, S, c, tables, base, first, count, state, start, result, sign, whole
):
    """Call the function `polynomial` of a module of `polynomial_rows` by its address."""

    def generate(context, builder, _signature, arguments):
        address, *passed = arguments
        kind = ir.FunctionType(ir.VoidType(), [each.type for each in passed])
        builder.call(builder.inttoptr(address, kind.as_pointer()), passed)
        return context.get_dummy_value()

    numbers = (types.int64,) * 6 + (types.float64,) * 2
    return types.void(types.int64, S, c, tables, *numbers), generate


@separate
def drift(S, c, base, tables, terms, sign, state, products, start, whole, result):
    """result = whole · states + start + h · drift at the states.

    terms : whether rows have constants; where in the tables pairs and triples of factors, rows of
    sums, and groups of rows with one polynomial begin, and end. A group is the address of the
    function, and its first row and their number.
    """
    ones, pairs, triples, products_end, rows, rows_end, groups, groups_end = terms
    if ones or pairs < products_end:
        multiply_states(S, tables, pairs, triples, products_end, state, sign, products)
    if rows < rows_end:
        sum_entries(S, c, base, tables, rows, rows_end, state, products, start, result, whole)
    for k in range(groups, groups_end, GROUP_LENGTH):
        address, first, count = element(tables, k), element(tables, k + 1), element(tables, k + 2)
        call_rows(address, S, c, tables, base, first, count, state, start, result, sign, whole)


@separate
def combine(S, length, p, x, y, result):
    """S[result] = p S[x] + S[y] for `length` numbers."""
    prefer_512_bit_vectors()
    factor = fill(p)
    for e in range(0, length, LANES):
        put(S, result + e, fma(factor, at(S, x + e), at(S, y + e)))


@separate
def respond(S, values, tables, response, state, slope, increments, result):
    """result = state + increment + φ slope; φ are the `values`, whose rows the tables hold."""
    begin, end = response
    sum_entries(S, values, begin - begin, tables, begin, end, state, slope, increments, result, 1.0)


@separate
def take_step(
    S, c, values, bases, tables, terms, response, sign, length, work, drawn, noise, state, result
):
    """A step from `state` to `result`, of one stage, or of two if there is `noise` for a stage.

    u + increment + drift(u), or u + increment + φ drift(u); for two stages v = u + ¾ drift(u) +
    noise, then u + increment + ⅓ drift(u) + ⅔ drift(v). bases : where the coefficients of the
    stages begin in c. drawn : place of the increments.
    """
    never_inline()
    _, slope, stage, second, products, zeros, none = work
    if noise == none and response[0] == response[1]:
        drift(S, c, bases[0], tables, terms, sign, state, products, drawn, 1.0, result)
        return
    drift(S, c, bases[0], tables, terms, sign, state, products, zeros, 0.0, slope)
    if noise == none:
        respond(S, values, tables, response, state, slope, drawn, result)
        return
    combine(S, length, 0.75, slope, state, stage)
    combine(S, length, 1.0, noise, stage, stage)
    drift(S, c, bases[1], tables, terms, sign, stage, products, zeros, 0.0, second)
    combine(S, length, 1.0 / 3.0, slope, drawn, slope)
    combine(S, length, 2.0 / 3.0, second, slope, slope)
    combine(S, length, 1.0, slope, state, result)


@separate
def advance_paths(S, c, values, width, tables, terms, paths, length, places, steps):
    """Advance the paths of a block by steps of a pair; companions by the last one only.

    width : coefficients of a stage, of which c holds those of the stages of both steps, then those
    of the companion. length : numbers in the states of a path.
    """
    never_inline()
    full, twin, response = terms
    increments, stage_noise, both, work = places
    spare, zeros, none = work[0], work[5], work[6]
    for number in range(paths.shape[0]):
        kind, state = paths[number], number * length
        here, there = state, spare
        used, sign = twin if kind == TWIN else full, -1.0 if kind == MIRROR else 1.0
        for step in range(steps[0], steps[1]):
            base, noise, drawn = 2 * step * width, stage_noise[step], increments[step]
            if kind == COMPANION:
                if step == 0:
                    continue
                base, noise, drawn = 4 * width, none, both
                combine(S, length, 1.0, increments[0], increments[1], both)
            bases = base, base + width
            take_step(
                S,
                c,
                values,
                bases,
                tables,
                used,
                response,
                sign,
                length,
                work,
                drawn,
                noise,
                here,
                there,
            )
            here, there = there, here
        if here != state:
            combine(S, length, 1.0, here, zeros, state)


@separate
def copy_rows(x, first, stride, rows, out, start, out_stride):
    """Copy the lanes of a block in every row, from x to out."""
    for row in range(rows):
        for lane in range(BLOCK):
            out[start + row * out_stride + lane] = x[first + row * stride + lane]


def advance(
    X, G, C, B, T, Z, row, count, steps, sizes, places, tables, terms, values, paths, noise, sums
):
    """Advance every cell by `count` pairs of steps, or by the first or second step of each.

    steps : which steps of a pair are taken, as a range. sizes : quadratures, stages, moving
    coefficients, distributions of the random numbers of steps and stages, and the length of S.
    places : where in S increments of both steps begin, noise of stages, sums of increments, what a
    step computes, and random numbers. terms : those of full paths and of twins, and rows of φ, with
    its `values` if there is any. paths (paths,) : their kinds. noise : (row, channel) of the
    amplitudes, and the tables of `draw_noise`.
    """
    prefer_512_bit_vectors()
    n, stages, moving, distribution, stage_distribution, end = sizes
    increments, stage_noise, both, work, numbers = places
    entries, drawn = noise
    variables, length, width = n * paths.shape[0], n * BLOCK, sums[0].shape[0] - 1 + moving
    S, g = aligned_zeros(end // LANES), np.empty(4 * BLOCK, np.uint64)
    c, b = np.zeros(5 * width), np.empty(entries.shape[0])
    scale = np.empty(B.shape[1])
    fill_constants(C, sums, width, c)
    for k in range(entries.shape[0]):
        b[k] = B[entries[k, 0], entries[k, 1]]
    for k in range(B.shape[1]):
        scale[k] = b[k] if drawn[1] == drawn[2] else 1.0
    s, t = pointer(S), pointer(tables)
    for block in range(2 * X.shape[0]):
        x, words, lane = X[block // 2], G[block // 2], block % 2 * BLOCK
        copy_rows(x, lane, 2 * BLOCK, variables, S, 0, BLOCK)
        copy_rows(words, lane, 2 * BLOCK, 4, g, 0, BLOCK)
        for pair in range(row // 2, row // 2 + count):
            fill_moving(T, Z, pair, stages, moving, width, c)
            draw_noise(S, g, distribution, tables, drawn, b, scale, numbers, increments, work[5])
            if stages == 2:
                law = stage_distribution
                draw_noise(S, g, law, tables, drawn, b, scale, numbers, stage_noise, work[5])
                for step in range(2):  # ¾ (noise/√3 + increment)
                    place = stage_noise[step]
                    combine(s, length, ONE_OVER_SQRT3, place, increments[step], place)
                    combine(s, length, -0.25, place, place, place)
            others = increments, stage_noise, both, work
            advance_paths(
                s, pointer(c), pointer(values), width, t, terms, paths, length, others, steps
            )
        copy_rows(S, 0, BLOCK, variables, x, lane, 2 * BLOCK)
        if steps[1] == 2:
            copy_rows(g, 0, BLOCK, 4, words, lane, 2 * BLOCK)
