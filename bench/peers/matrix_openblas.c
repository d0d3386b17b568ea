/* SPDX-License-Identifier: GPL-3.0-or-later */
/* C = A B of n x n doubles: one dgemm of the threaded OpenBLAS. */
#include <cblas.h>

#include "peer.h"

static void product(const double *a, const double *b, double *c, int n) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
}

int main(int argc, char **argv) {
  struct peer p = peer_start(argc, argv, "openblas", "matrix", PEER_MATRIX_MOST);
  double *a, *b, *c;
  peer_matrices(&p, &a, &b, &c);
  openblas_set_num_threads(p.threads);
  if (openblas_get_num_threads() != p.threads || openblas_get_parallel() == OPENBLAS_SEQUENTIAL) {
    fprintf(stderr, "this OpenBLAS does not run %d threads\n", p.threads);
    return 1;
  }
  struct peer warm = p;
  warm.n = 512;                                              /* threads and their buffers */
  double *x, *y, *z;
  peer_matrices(&warm, &x, &y, &z);
  product(x, y, z, (int)warm.n);
  uint64_t begin = peer_now();
  product(a, b, c, (int)p.n);
  uint64_t ns = peer_now() - begin;
  return peer_end(&p, ns, peer_product(&p, a, b, c));
}
