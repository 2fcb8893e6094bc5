package demo

import "strconv"

// slots returns n equal instances, named after the job with a number each.
func slots(job string, n int) []*instance {
	out := make([]*instance, n)
	for i := range out {
		out[i] = newInstance(job, job+"-"+strconv.Itoa(i), 1/float64(n))
	}
	return out
}

// code is an outcome by HTTP status.
func code(status string, ratio float64) outcome {
	return outcome{labels: []pair{{"code", status}}, ratio: ratio}
}

// failure is the outcome that incidents bring about.
func failure(o outcome) outcome {
	o.bad = true
	return o
}

// late makes the counter of an outcome appear with its first event only.
func late(o outcome) outcome {
	o.lazy = true
	return o
}

// result is an outcome by a label of that name.
func result(name string, ratio float64) outcome {
	return outcome{labels: []pair{{"result", name}}, ratio: ratio}
}

// Metric names that several services share, and their help texts.
const (
	requests     = "http_requests_total"
	requestsHelp = "HTTP requests that were answered."
	duration     = "http_request_duration_seconds"
	durationHelp = "How long HTTP requests took."
)

// newServices returns the fleet, without any process yet.
func newServices() []simulated {
	return []simulated{
		checkout(), search(), edge(), recommendations(), auth(), billing(),
		batchExport(), mailer(), vouchers(), dnsProbe(), statusPage(),
	}
}

// checkout is where the money is: three instances, classic histogram.
func checkout() *workload {
	return &workload{
		job: "checkout", name: requests, help: requestsHelp,
		peak: 45, curve: consumer, wobble: wobble{size: 0.05}, slots: slots("checkout", 3), grouped: "route",
		parts: []part{
			{labels: []pair{{"route", "/cart"}, {"method", "GET"}}, share: 0.55},
			{labels: []pair{{"route", "/order"}, {"method", "POST"}}, share: 0.25},
			{labels: []pair{{"route", "/pay"}, {"method", "POST"}}, share: 0.20},
		},
		outcomes: []outcome{code("200", 0), code("400", 0.008), failure(code("500", 0.00004))},
		latency: &latency{
			name: duration, help: durationHelp, median: 0.062, sigma: 0.55, limit: 0.25,
			bounds: []float64{0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5},
		},
	}
}

// search answers queries: native histogram.
func search() *workload {
	return &workload{
		job: "search", name: requests, help: requestsHelp,
		peak: 60, curve: worldwide, wobble: wobble{size: 0.06}, slots: slots("search", 2), hiccup: true,
		outcomes: []outcome{code("200", 0), failure(code("500", 0.00008))},
		latency:  &latency{name: duration, help: durationHelp, median: 0.080, sigma: 0.44, limit: 0.25, native: true},
	}
}

// edge is the way in, in three regions; its pods are replaced every day at 04:00.
func edge() *workload {
	w := &workload{
		job: "edge", name: "edge_requests_total", help: "Requests that the edge proxied.",
		peak: 280, curve: worldwide, wobble: wobble{size: 0.04}, pods: true, every: [2]int64{day, 4 * hour}, grouped: "region",
		outcomes: []outcome{code("200", 0), late(failure(code("503", 0.00002)))},
	}
	for _, r := range []struct {
		name  string
		share float64
	}{{"ap", 0.2}, {"eu", 0.45}, {"us", 0.35}} {
		for i := range 2 {
			w.slots = append(w.slots, newInstance("edge", "edge-"+r.name+"-"+strconv.Itoa(i), r.share/2, pair{"region", r.name}))
		}
	}
	return w
}

// recommendations is deployed every eight hours, which replaces its pods.
func recommendations() *workload {
	return &workload{
		job: "recommendations", name: "recommendations_total", help: "Lists of recommendations that were asked for.",
		peak: 25, curve: consumer, wobble: wobble{size: 0.1}, slots: slots("recommendations", 3),
		pods: true, every: [2]int64{8 * hour, 5*hour + 30*minute},
		outcomes: []outcome{result("personal", 0), result("popular", 0.04), late(failure(result("error", 0.00002)))},
	}
}

// auth is what a good service looks like. It also tells its success ratio itself.
func auth() *workload {
	return &workload{
		job: "auth", name: requests, help: requestsHelp, ratio: "auth_success_ratio",
		peak: 12, curve: office, wobble: wobble{size: 0.08}, slots: slots("auth", 2),
		outcomes: []outcome{code("200", 0), code("401", 0.03), failure(code("500", 0.00001))},
	}
}

// billing writes invoices in hourly runs on working days.
func billing() *workload {
	return &workload{
		job: "billing", name: "invoices_total", help: "Invoices that were written.",
		peak: 6, curve: runs, wobble: wobble{size: 0.2}, slots: slots("billing", 1),
		outcomes: []outcome{result("ok", 0), failure(result("failed", 0.0012))},
	}
}

// batchExport does some twenty jobs an hour at night and few by day.
func batchExport() *workload {
	return &workload{
		job: "batch-export", name: "export_jobs_total", help: "Export jobs that ended.",
		peak: 20.0 / 3600, curve: nightly, slots: slots("batch-export", 1),
		outcomes: []outcome{result("ok", 0), failure(result("failed", 0.008))},
	}
}

// mailer was a good service until it died.
func mailer() *workload {
	return &workload{
		job: "mailer", name: "mails_total", help: "Mails that were handed to a relay.",
		peak: 3, curve: office, wobble: wobble{size: 0.1}, slots: slots("mailer", 1),
		outcomes: []outcome{result("sent", 0), failure(result("failed", 0.0006))},
	}
}

// vouchers is ready and waits for its launch.
func vouchers() *workload {
	return &workload{
		job: "vouchers", name: requests, help: requestsHelp, curve: office, slots: slots("vouchers", 1),
		outcomes: []outcome{code("200", 0), failure(code("500", 0))},
	}
}

// dnsProbe asks three resolvers.
func dnsProbe() *probe {
	p := &probe{job: "dns-probe", usual: 0.018, flaky: 1.0 / (12 * 86400)}
	for i := range 3 {
		p.slots = append(p.slots, newInstance("dns-probe", "resolver-"+strconv.Itoa(i+1), 0))
	}
	return p
}

// statusPage looks at the page where customers look when all else fails.
func statusPage() *probe {
	return &probe{job: "status-page", usual: 0.21, flaky: 1.0 / (4 * 86400), slots: slots("status-page", 1)}
}
