// Trajectories in hand-written C++ with AVX-512 intrinsics: what the machine can do.
//   w1 VARIANT THREADS FILE, with VARIANT gaussian (53-bit Box–Muller) or two-point
// One register holds 8 trajectories; state and generator stay in registers. The model's numbers are macros (cpp.py).
// Every line on standard input asks for a run; the answer is "seconds trajectories", the moments are in FILE.
#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#define INLINE static inline __attribute__((always_inline))
#define MEMBER __attribute__((always_inline))
typedef __m512d Doubles;
typedef __m512i Words;

INLINE Doubles all(double x) { return _mm512_set1_pd(x); }
INLINE Words bits(uint64_t x) { return _mm512_set1_epi64(x); }
INLINE Doubles fma_(Doubles a, Doubles b, Doubles c) { return _mm512_fmadd_pd(a, b, c); }
INLINE Doubles fnma(Doubles a, Doubles b, Doubles c) { return _mm512_fnmadd_pd(a, b, c); }
INLINE Doubles mul(Doubles a, Doubles b) { return _mm512_mul_pd(a, b); }
INLINE Words words(Doubles a) { return _mm512_castpd_si512(a); }
INLINE Doubles doubles(Words a) { return _mm512_castsi512_pd(a); }
const uint64_t ONE = 0x3ff0000000000000ull, SIGN = 0x8000000000000000ull;
INLINE Doubles one_to_two(Words w) { return doubles(_mm512_or_si512(_mm512_srli_epi64(w, 12), bits(ONE))); }
INLINE Doubles signed_by(Doubles a, Words w) {  // a with its sign turned by the top bit of w
  return doubles(_mm512_ternarylogic_epi64(words(a), w, bits(SIGN), 0x78));
}

// ---------------------------------------------------------------------------------------------------------- the model
const long EVERY = STEPS / TIMES;
const double LIGHT = LIGHT_NOISE * std::sqrt(STEP), FORCE = FORCE_NOISE * std::sqrt(STEP);

struct State {
  Doubles x1, y1, x2, y2, q, p;
};

INLINE void step(State& s, const Doubles* n) {  // 27 vector instructions
  const Doubles c = all(1 - KAPPA * STEP), j = all(EXCHANGE * STEP), push = all(PUSH * STEP), light = all(LIGHT);
  const Doubles g = all(STEP * COUPLING), w = all(OMEGA * STEP);
  Doubles d1 = fnma(g, s.q, all(STEP * DELTA_1)), d2 = fnma(g, s.q, all(STEP * DELTA_2));
  Doubles square = fma_(s.x1, s.x1, fma_(s.y1, s.y1, fma_(s.x2, s.x2, mul(s.y2, s.y2))));
  Doubles x1 = fma_(c, s.x1, fma_(d1, s.y1, fma_(j, s.y2, fma_(light, n[0], push))));
  Doubles y1 = fma_(c, s.y1, fnma(d1, s.x1, fnma(j, s.x2, mul(light, n[1]))));
  Doubles x2 = fma_(c, s.x2, fma_(d2, s.y2, fma_(j, s.y1, mul(light, n[2]))));
  Doubles y2 = fma_(c, s.y2, fnma(d2, s.x2, fnma(j, s.x1, mul(light, n[3]))));
  Doubles force = fma_(all(.5 * STEP * COUPLING), square, fma_(all(FORCE), n[4], all(-STEP * COUPLING)));
  Doubles p = fma_(all(1 - FRICTION * STEP), s.p, fnma(w, s.q, force));
  s = {x1, y1, x2, y2, fma_(w, s.p, s.q), p};
}

// -------------------------------------------------------------------------------------------------------- the randoms
static uint64_t splitmix(uint64_t& x) {
  uint64_t z = (x += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

struct Xoshiro {  // xoshiro256+, a stream per lane
  Words s0, s1, s2, s3;
  Xoshiro(uint64_t seed, long block) {
    alignas(64) uint64_t t[4][8];
    for (int lane = 0; lane < 8; lane++) {
      uint64_t x = seed * 0xD1342543DE82EF95ull + (block * 8 + lane) * 0x2545F4914F6CDD1Dull + 1;
      splitmix(x);
      for (int k = 0; k < 4; k++) t[k][lane] = splitmix(x);
    }
    s0 = _mm512_load_si512(t[0]), s1 = _mm512_load_si512(t[1]);
    s2 = _mm512_load_si512(t[2]), s3 = _mm512_load_si512(t[3]);
  }
  MEMBER Words next() {
    Words result = _mm512_add_epi64(s0, s3), t = _mm512_slli_epi64(s1, 17);
    Words a = _mm512_ternarylogic_epi64(s1, s2, s0, 0x96), b = _mm512_ternarylogic_epi64(s0, s3, s1, 0x96);
    Words c = _mm512_ternarylogic_epi64(s2, s0, t, 0x96), d = _mm512_rol_epi64(_mm512_xor_si512(s3, s1), 45);
    s1 = a, s0 = b, s2 = c, s3 = d;
    return result;
  }
};

static double SIN[7], COS[7];  // sin(πt)/t and cos(πt) as polynomials of t² for |t| ≤ ½

struct Gaussian {  // Box–Muller in double precision throughout: 128 bits to 2 normals
  Xoshiro g;
  Doubles reciprocal_low, reciprocal_high, log_low, log_high;
  Gaussian(uint64_t seed, long block) : g(seed, block) {
    alignas(64) double r[16], l[16];
    for (int i = 0; i < 16; i++) r[i] = 1 / (1 + (i + .5) / 16), l[i] = 2 * std::log(r[i]);
    reciprocal_low = _mm512_load_pd(r), reciprocal_high = _mm512_load_pd(r + 8);
    log_low = _mm512_load_pd(l), log_high = _mm512_load_pd(l + 8);
  }
  MEMBER Doubles minus_two_log(Doubles u) {  // u in (0, 1]: a table of 16 reciprocals in registers, and a polynomial
    Doubles e = _mm512_getexp_pd(u), m = _mm512_getmant_pd(u, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
    Words index = _mm512_srli_epi64(words(m), 48);
    Doubles r = fma_(m, _mm512_permutex2var_pd(reciprocal_low, index, reciprocal_high), all(-1.));
    Doubles sum = all(2. / 8);
    for (int k = 7; k >= 1; k--) sum = fma_(sum, r, all((k % 2 ? -2. : 2.) / k));
    Doubles rough = fma_(e, all(-2 * M_LN2), _mm512_permutex2var_pd(log_low, index, log_high));
    return _mm512_max_pd(fma_(sum, r, rough), _mm512_setzero_pd());
  }
  MEMBER void pair(Doubles& a, Doubles& b) {
    Words u = g.next(), v = g.next();
    Doubles radius = _mm512_sqrt_pd(minus_two_log(_mm512_sub_pd(all(2.), one_to_two(u))));
    Doubles t = _mm512_sub_pd(one_to_two(v), all(1.5)), z = mul(t, t), s = all(SIN[6]), c = all(COS[6]);
    for (int k = 5; k >= 0; k--) s = fma_(s, z, all(SIN[k])), c = fma_(c, z, all(COS[k]));
    a = mul(radius, signed_by(c, _mm512_slli_epi64(v, 60)));
    b = mul(radius, mul(s, t));
  }
  MEMBER void ten(Doubles* n) {
    for (int k = 0; k < 5; k++) pair(n[k], n[k + 5]);
  }
};

struct TwoPoint {  // ±1, a word for 12 steps
  Xoshiro g;
  Words word;
  int left = 0;
  TwoPoint(uint64_t seed, long block) : g(seed, block) {}
  MEMBER void ten(Doubles* n) {
    if (left == 0) word = g.next(), left = 6;
    left--;
    for (int k = 0; k < 10; k++) n[k] = signed_by(all(1.), _mm512_slli_epi64(word, k));
    word = _mm512_slli_epi64(word, 10);
  }
};

static void fit(double (*f)(double), double* out) {  // Chebyshev interpolation in z = t² on [0, ¼], as monomials
  const int n = 7;
  long double x[n], d[n], p[n] = {0};
  for (int i = 0; i < n; i++) x[i] = .125L + .125L * cosl(M_PIl * (i + .5L) / n), d[i] = f((double)x[i]);
  for (int k = 1; k < n; k++)
    for (int i = n - 1; i >= k; i--) d[i] = (d[i] - d[i - 1]) / (x[i] - x[i - k]);
  p[0] = d[n - 1];
  for (int i = n - 2; i >= 0; i--) {
    for (int k = n - 1; k > 0; k--) p[k] = p[k - 1] - x[i] * p[k];
    p[0] = d[i] - x[i] * p[0];
  }
  for (int i = 0; i < n; i++) out[i] = p[i];
}
static double sine(double z) { return std::sin(M_PI * std::sqrt(z)) / std::sqrt(z); }
static double cosine(double z) { return std::cos(M_PI * std::sqrt(z)); }

// ------------------------------------------------------------------------------------------------------- the ensemble
static double CENTRE[TIMES][6];  // the path without noise, from which deviations are summed
static double MEAN[TIMES * 6], COVARIANCE[TIMES * 36];

static void noiseless() {
  double v[6] = {0};
  for (long k = 1; k <= STEPS; k++) {
    double x1 = v[0], y1 = v[1], x2 = v[2], y2 = v[3], q = v[4], p = v[5];
    double d1 = DELTA_1 - COUPLING * q, d2 = DELTA_2 - COUPLING * q;
    double light = .5 * (x1 * x1 + y1 * y1 + x2 * x2 + y2 * y2) - 1;
    v[0] += STEP * (-KAPPA * x1 + d1 * y1 + EXCHANGE * y2 + PUSH);
    v[1] += STEP * (-KAPPA * y1 - d1 * x1 - EXCHANGE * x2);
    v[2] += STEP * (-KAPPA * x2 + d2 * y2 + EXCHANGE * y1);
    v[3] += STEP * (-KAPPA * y2 - d2 * x2 - EXCHANGE * x1);
    v[4] += STEP * OMEGA * p;
    v[5] += STEP * (-OMEGA * q - FRICTION * p + COUPLING * light);
    if (k % EVERY == 0) memcpy(CENTRE[k / EVERY - 1], v, sizeof v);
  }
}

INLINE void accumulate(Doubles* sums, const State& s, const double* centre, __mmask8 live) {
  Doubles d[6] = {s.x1, s.y1, s.x2, s.y2, s.q, s.p};
  for (int i = 0; i < 6; i++) d[i] = _mm512_maskz_sub_pd(live, d[i], all(centre[i]));
  for (int i = 0, k = 6; i < 6; i++) {
    sums[i] = _mm512_add_pd(sums[i], d[i]);
    for (int j = i; j < 6; j++, k++) sums[k] = fma_(d[i], d[j], sums[k]);
  }
}

template <class Noise>
static void block(uint64_t seed, long b, Doubles* sums) {
  State s = {all(0), all(0), all(0), all(0), all(0), all(0)};
  Noise noise(seed, b);
  const __mmask8 live = (1 << std::clamp(TRAJECTORIES - b * 8, 0L, 8L)) - 1;
  for (long sample = 0; sample < TIMES; sample++) {
    for (long k = 0; k < EVERY / 2; k++) {
      Doubles n[10];
      noise.ten(n);
      step(s, n);
      step(s, n + 5);
    }
    accumulate(sums + sample * 27, s, CENTRE[sample], live);
  }
}

template <class Noise>
static double run(int threads) {
  auto began = std::chrono::steady_clock::now();
  std::vector<double> total(TIMES * 27, 0.);
#pragma omp parallel num_threads(threads)
  {
    Doubles* sums = (Doubles*)aligned_alloc(64, TIMES * 27 * 64);
    memset(sums, 0, TIMES * 27 * 64);
#pragma omp for schedule(dynamic, 4)
    for (long b = 0; b < (TRAJECTORIES + 7) / 8; b++) block<Noise>(12345, b, sums);
#pragma omp critical
    for (int i = 0; i < TIMES * 27; i++) total[i] += _mm512_reduce_add_pd(sums[i]);
    free(sums);
  }
  const double N = TRAJECTORIES;
  for (long t = 0; t < TIMES; t++) {
    double* a = &total[t * 27];
    for (int i = 0, k = 6; i < 6; i++) {
      MEAN[t * 6 + i] = a[i] / N + CENTRE[t][i];
      for (int j = i; j < 6; j++, k++)
        COVARIANCE[t * 36 + i * 6 + j] = COVARIANCE[t * 36 + j * 6 + i] = (a[k] - a[i] * a[j] / N) / (N - 1);
    }
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

int main(int count, char** arguments) {
  if (count != 4) return 1;
  const bool gaussian = std::string(arguments[1]) == "gaussian";
  const int threads = atoi(arguments[2]);
  noiseless();
  fit(sine, SIN);
  fit(cosine, COS);
  while (getchar() != EOF) {
    double seconds = gaussian ? run<Gaussian>(threads) : run<TwoPoint>(threads);
    FILE* file = fopen(arguments[3], "w");
    for (long t = 0; t < TIMES; t++) {
      for (int i = 0; i < 6; i++) fprintf(file, "%.17g ", MEAN[t * 6 + i]);
      for (int i = 0; i < 36; i++) fprintf(file, "%.17g ", COVARIANCE[t * 36 + i]);
      fprintf(file, "\n");
    }
    fclose(file);
    printf("%.9f %ld\n", seconds, (long)TRAJECTORIES);
    fflush(stdout);
  }
}
