#!/usr/bin/env bash
# make test: every check there is, one after the other, and the counts at the end.
# A failed step does not hide the ones after it. STEPS="lint go" runs some only.
set -uo pipefail

results=.build/results
rm -rf $results
mkdir -p $results
declare -A seconds outcome
all=(tools chromium install lint go web build e2e real faults)
read -r -a steps <<<"${STEPS:-${all[*]}}"
failed=0 began=$SECONDS

step() {
	case $1 in
	tools) make tools ;;
	chromium) tools/chromium.sh ;;
	install) make frontend/node_modules/.hindcast-installed ;;
	lint) make lint ;;
	go) make test-go ;;
	web) make test-web ;;
	build) make build ;;
	e2e) make e2e ;;
	real) make real ;;
	faults) FAULTS=${FAULTS:-short} make faults ;;
	*) echo "test.sh: unknown step $1" >&2; return 2 ;;
	esac
}

# counts prints what a step left behind.
counts() {
	if [ "$1" = web ] && [ -s $results/web.json ]; then
		node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
			console.log(`${r.numPassedTests} passed, ${r.numFailedTests} failed, ${r.numPendingTests} skipped, ${r.testResults.length} files`)' $results/web.json
	elif [ -s $results/"$1" ]; then
		cat $results/"$1"
	fi
}

for s in "${steps[@]}"; do
	echo "=== $s"
	start=$SECONDS
	if step "$s"; then outcome[$s]=ok; else outcome[$s]=FAILED failed=1; fi
	seconds[$s]=$((SECONDS - start))
done

echo
echo "=== summary"
for s in "${steps[@]}"; do
	printf '%-9s %-6s %5d s  %s\n' "$s" "${outcome[$s]}" "${seconds[$s]}" "$(counts "$s")"
done
cat $results/* 2>/dev/null | grep -E '^[0-9]+ passed' | cat - <(counts web) |
	awk '{ p += $1; f += $3; s += $5 } END { printf "total     %d tests passed, %d failed, %d skipped", p, f, s }'
echo " in $((SECONDS - began)) s"
if [ $failed != 0 ]; then echo "FAILED"; else echo "OK"; fi
exit $failed
