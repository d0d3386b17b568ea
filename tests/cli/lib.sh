# SPDX-License-Identifier: GPL-3.0-or-later
# The library of all shell tests.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
