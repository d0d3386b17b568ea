#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: in a browser the page loads without an error and without the network, shows every picture, and on a phone's width
# does not have to be scrolled sideways. Skipped where there is no Chromium.
. "$(dirname "$0")/../lib.sh"
need_gnuplot
for browser in chromium chromium-browser google-chrome; do command -v $browser >/dev/null && break; done
command -v $browser >/dev/null || skip "no Chromium (package chromium)"
report 0 "$data" --out page

# The page in a frame of a phone's width; what it measures goes into the DOM that is printed.
cat >page/probe.html <<'END'
<!DOCTYPE html><title>probe</title><iframe id="f" src="index.html" style="width:360px;height:800px;border:0"></iframe>
<p id="result">nothing</p>
<script>
document.getElementById("f").onload = function () {
  const page = this.contentDocument, root = page.documentElement;
  const drawn = [...page.querySelectorAll("figure svg")].filter(s => { const b = s.getBoundingClientRect();
    return b.width > 200 && b.height > 60 && s.querySelectorAll("path, use, polygon, rect").length > 5; }).length;
  const refs = [...page.querySelectorAll("figure svg use")].filter(u => !page.querySelector(u.getAttribute("xlink:href"))).length;
  const small = [...page.querySelectorAll("figure svg text")].filter(t => t.textContent.trim() && t.getBoundingClientRect().height < 8).length;
  const loaded = this.contentWindow.performance.getEntriesByType("resource").length;
  document.getElementById("result").textContent = `width=${root.scrollWidth} drawn=${drawn} broken=${refs} small=${small} loaded=${loaded}`;
};
</script>
END
timeout 600 $browser --headless --no-sandbox --disable-gpu --allow-file-access-from-files --enable-logging=stderr --user-data-dir="$PWD/profile" \
  --virtual-time-budget=3000 --window-size=800,900 --dump-dom "file://$PWD/page/probe.html" >dom 2>log
result=$(grep -o 'width=[0-9][^<]*' dom)
check "loads" test -n "$result"
check "no sideways scrolling at 360 pixels: $result" test "$(sed 's/width=\([0-9]*\).*/\1/' <<<"$result")" -le 360
check "nine pictures: $result" grep -q 'drawn=9 broken=0 small=0' <<<"$result"
check "nothing loaded: $result" grep -q 'loaded=0$' <<<"$result"
check "no console errors" not grep -q 'CONSOLE.*rror\|Uncaught' log
finish
