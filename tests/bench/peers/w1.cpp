// Trajectories in hand-written C++ with vector intrinsics: what the machine can do with vectors of BITS bits.
//   w1 VARIANT THREADS FILE, with VARIANT gaussian (53-bit Box–Muller) or two-point
// One register holds LANES trajectories; state and generator stay in registers. The model's numbers are macros (cpp.py),
// and so is BITS: 512 (AVX-512) or 256 (AVX2 and FMA).
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
const long LANES = BITS / 64;
const uint64_t ONE = 0x3ff0000000000000ull, SIGN = 0x8000000000000000ull;

// ------------------------------------------------------------------------------------------------------- the registers
#if BITS == 512
typedef __m512d Doubles;
typedef __m512i Words;
INLINE Doubles all(double x) { return _mm512_set1_pd(x); }
INLINE Words bits(uint64_t x) { return _mm512_set1_epi64(x); }
INLINE Doubles load(const double* x) { return _mm512_load_pd(x); }
INLINE Words load(const uint64_t* x) { return _mm512_load_si512(x); }
INLINE Doubles fma_(Doubles a, Doubles b, Doubles c) { return _mm512_fmadd_pd(a, b, c); }
INLINE Doubles fnma(Doubles a, Doubles b, Doubles c) { return _mm512_fnmadd_pd(a, b, c); }
INLINE Doubles root(Doubles a) { return _mm512_sqrt_pd(a); }
INLINE Doubles largest(Doubles a, Doubles b) { return _mm512_max_pd(a, b); }
INLINE Words words(Doubles a) { return _mm512_castpd_si512(a); }
INLINE Doubles doubles(Words a) { return _mm512_castsi512_pd(a); }
template <int N> INLINE Words left(Words a) { return _mm512_slli_epi64(a, N); }
template <int N> INLINE Words right(Words a) { return _mm512_srli_epi64(a, N); }
template <int N> INLINE Words rotated(Words a) { return _mm512_rol_epi64(a, N); }
INLINE Words left(Words a, int n) { return _mm512_slli_epi64(a, n); }
INLINE Words sum(Words a, Words b) { return _mm512_add_epi64(a, b); }
INLINE Words either(Words a, Words b) { return _mm512_or_si512(a, b); }
INLINE Words differing(Words a, Words b) { return _mm512_xor_si512(a, b); }
INLINE Words differing(Words a, Words b, Words c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
INLINE Words toggled(Words a, Words b, Words mask) { return _mm512_ternarylogic_epi64(a, b, mask, 0x78); }
#else
typedef __m256d Doubles;
typedef __m256i Words;
INLINE Doubles all(double x) { return _mm256_set1_pd(x); }
INLINE Words bits(uint64_t x) { return _mm256_set1_epi64x(x); }
INLINE Doubles load(const double* x) { return _mm256_load_pd(x); }
INLINE Words load(const uint64_t* x) { return _mm256_load_si256((const __m256i*)x); }
INLINE Doubles fma_(Doubles a, Doubles b, Doubles c) { return _mm256_fmadd_pd(a, b, c); }
INLINE Doubles fnma(Doubles a, Doubles b, Doubles c) { return _mm256_fnmadd_pd(a, b, c); }
INLINE Doubles root(Doubles a) { return _mm256_sqrt_pd(a); }
INLINE Doubles largest(Doubles a, Doubles b) { return _mm256_max_pd(a, b); }
INLINE Words words(Doubles a) { return _mm256_castpd_si256(a); }
INLINE Doubles doubles(Words a) { return _mm256_castsi256_pd(a); }
template <int N> INLINE Words left(Words a) { return _mm256_slli_epi64(a, N); }
template <int N> INLINE Words right(Words a) { return _mm256_srli_epi64(a, N); }
INLINE Words left(Words a, int n) { return _mm256_slli_epi64(a, n); }
INLINE Words sum(Words a, Words b) { return _mm256_add_epi64(a, b); }
INLINE Words either(Words a, Words b) { return _mm256_or_si256(a, b); }
template <int N> INLINE Words rotated(Words a) { return either(left<N>(a), right<64 - N>(a)); }
INLINE Words differing(Words a, Words b) { return _mm256_xor_si256(a, b); }
INLINE Words differing(Words a, Words b, Words c) { return differing(differing(a, b), c); }
INLINE Words toggled(Words a, Words b, Words mask) { return differing(a, _mm256_and_si256(b, mask)); }
#endif
INLINE Doubles mul(Doubles a, Doubles b) { return a * b; }
INLINE Doubles one_to_two(Words w) { return doubles(either(right<12>(w), bits(ONE))); }
INLINE Doubles signed_by(Doubles a, Words w) { return doubles(toggled(words(a), w, bits(SIGN))); }  // by w's top bit

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
    alignas(64) uint64_t t[4][LANES];
    for (int lane = 0; lane < LANES; lane++) {
      uint64_t x = seed * 0xD1342543DE82EF95ull + (block * LANES + lane) * 0x2545F4914F6CDD1Dull + 1;
      splitmix(x);
      for (int k = 0; k < 4; k++) t[k][lane] = splitmix(x);
    }
    s0 = load(t[0]), s1 = load(t[1]), s2 = load(t[2]), s3 = load(t[3]);
  }
  MEMBER Words next() {
    Words result = sum(s0, s3), t = left<17>(s1);
    Words a = differing(s1, s2, s0), b = differing(s0, s3, s1);
    Words c = differing(s2, s0, t), d = rotated<45>(differing(s3, s1));
    s1 = a, s0 = b, s2 = c, s3 = d;
    return result;
  }
};

static double SIN[7], COS[7];  // sin(πt)/t and cos(πt) as polynomials of t² for |t| ≤ ½

#if BITS == 512
struct MinusTwoLog {  // of u in (0, 1]: a table of 16 reciprocals in registers, and a polynomial
  Doubles reciprocal_low, reciprocal_high, log_low, log_high;
  MinusTwoLog() {
    alignas(64) double r[16], l[16];
    for (int i = 0; i < 16; i++) r[i] = 1 / (1 + (i + .5) / 16), l[i] = 2 * std::log(r[i]);
    reciprocal_low = load(r), reciprocal_high = load(r + 8), log_low = load(l), log_high = load(l + 8);
  }
  MEMBER Doubles operator()(Doubles u) const {
    Doubles e = _mm512_getexp_pd(u), m = _mm512_getmant_pd(u, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
    Words index = right<48>(words(m));
    Doubles r = fma_(m, _mm512_permutex2var_pd(reciprocal_low, index, reciprocal_high), all(-1.));
    Doubles series = all(2. / 8);
    for (int k = 7; k >= 1; k--) series = fma_(series, r, all((k % 2 ? -2. : 2.) / k));
    Doubles rough = fma_(e, all(-2 * M_LN2), _mm512_permutex2var_pd(log_low, index, log_high));
    return largest(fma_(series, r, rough), all(0.));
  }
};
#else
struct MinusTwoLog {  // of u in (0, 1]: u = m 2^e with m near 1, log m = 2 artanh r with r = (m − 1)/(m + 1)
  MEMBER Doubles operator()(Doubles u) const {
    const uint64_t half = 0x3fe6a09e667f3bcdull, shift = 0x4330000000000000ull;  // bits of √½, and of 2^52
    Words above = _mm256_sub_epi64(words(u), bits(half));
    Doubles e = doubles(either(right<52>(sum(above, bits(1ull << 62))), bits(shift))) - all(0x1p52 + 1024);
    Doubles m = doubles(sum(_mm256_and_si256(above, bits((1ull << 52) - 1)), bits(half)));
    Doubles r = (m - all(1.)) / (m + all(1.)), z = mul(r, r), series = all(-4. / 21);
    for (int k = 19; k >= 1; k -= 2) series = fma_(series, z, all(-4. / k));
    return largest(fma_(series, r, mul(e, all(-2 * M_LN2))), all(0.));
  }
};
#endif

struct Gaussian {  // Box–Muller in double precision throughout: 128 bits to 2 normals
  Xoshiro g;
  MinusTwoLog minus_two_log;
  Gaussian(uint64_t seed, long block) : g(seed, block) {}
  MEMBER void pair(Doubles& a, Doubles& b) {
    Words u = g.next(), v = g.next();
    Doubles radius = root(minus_two_log(all(2.) - one_to_two(u)));
    Doubles t = one_to_two(v) - all(1.5), z = mul(t, t), s = all(SIN[6]), c = all(COS[6]);
    for (int k = 5; k >= 0; k--) s = fma_(s, z, all(SIN[k])), c = fma_(c, z, all(COS[k]));
    a = mul(radius, signed_by(c, left<60>(v)));
    b = mul(radius, mul(s, t));
  }
  MEMBER void ten(Doubles* n) {
    for (int k = 0; k < 5; k++) pair(n[k], n[k + 5]);
  }
};

struct TwoPoint {  // ±1, a word for 12 steps
  Xoshiro g;
  Words word;
  int steps = 0;
  TwoPoint(uint64_t seed, long block) : g(seed, block) {}
  MEMBER void ten(Doubles* n) {
    if (steps == 0) word = g.next(), steps = 6;
    steps--;
    for (int k = 0; k < 10; k++) n[k] = signed_by(all(1.), left(word, k));
    word = left<10>(word);
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

INLINE void accumulate(Doubles* sums, const State& s, const double* centre, Doubles live) {
  Doubles d[6] = {s.x1, s.y1, s.x2, s.y2, s.q, s.p};
  for (int i = 0; i < 6; i++) d[i] = mul(live, d[i] - all(centre[i]));
  for (int i = 0, k = 6; i < 6; i++) {
    sums[i] += d[i];
    for (int j = i; j < 6; j++, k++) sums[k] = fma_(d[i], d[j], sums[k]);
  }
}

template <class Noise>
static void block(uint64_t seed, long b, Doubles* sums) {
  State s = {all(0), all(0), all(0), all(0), all(0), all(0)};
  Noise noise(seed, b);
  alignas(64) double counted[LANES];
  for (long lane = 0; lane < LANES; lane++) counted[lane] = b * LANES + lane < TRAJECTORIES;
  const Doubles live = load(counted);
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
    Doubles* sums = (Doubles*)aligned_alloc(64, TIMES * 27 * sizeof(Doubles));
    memset(sums, 0, TIMES * 27 * sizeof(Doubles));
#pragma omp for schedule(dynamic, 4)
    for (long b = 0; b < (TRAJECTORIES + LANES - 1) / LANES; b++) block<Noise>(12345, b, sums);
#pragma omp critical
    for (int i = 0; i < TIMES * 27; i++)
      for (long lane = 0; lane < LANES; lane++) total[i] += sums[i][lane];
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
