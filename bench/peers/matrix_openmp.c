/* SPDX-License-Identifier: GPL-3.0-or-later */
/* C = A B of n x n doubles: an OpenMP task for each 256 x 256 of C, each a serial dgemm.
   With one thread it is one call for all of C: the baseline. */
#include <cblas.h>
#include <omp.h>

#include "peer.h"

enum { BLOCK = 256 };

static void block(const double *a, const double *b, double *c, int n, int i, int j, int size) {
  int rows = n - i < size ? n - i : size, columns = n - j < size ? n - j : size;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, n, 1, a + (size_t)i * n, n,
              b + j, n, 0, c + (size_t)i * n + j, n);
}

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "openmp", "matrix", PEER_MATRIX_MOST);
  double *a, *b, *c;
  peer_matrices(&p, &a, &b, &c);
  int n = (int)p.n, team = 0, size = p.threads > 1 ? BLOCK : n;
  uint64_t ns = 0;
  omp_set_dynamic(0);
#pragma omp parallel num_threads(p.threads)
  {
    double *warm = peer_memory(3 * BLOCK * BLOCK, sizeof *warm);   /* OpenBLAS allocates a buffer */
    for (int i = 0; i < 3 * BLOCK * BLOCK; i++) warm[i] = 1;
    block(warm, warm + BLOCK * BLOCK, warm + 2 * BLOCK * BLOCK, BLOCK, 0, 0, BLOCK);
    free(warm);
#pragma omp barrier
#pragma omp single
    {
      team = omp_get_num_threads();
      uint64_t begin = peer_now();
#pragma omp taskgroup
      for (int i = 0; i < n; i += size)
        for (int j = 0; j < n; j += size)
#pragma omp task
          block(a, b, c, n, i, j, size);
      ns = peer_now() - begin;
    }
  }
  return peer_end(&p, ns, team == p.threads && peer_product(&p, a, b, c));
}
