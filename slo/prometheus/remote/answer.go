package remote

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	jsoniter "github.com/json-iterator/go"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

// sink takes the series of an answer in JSON as they are read.
type sink interface {
	series(lset labels.Labels) error
	float(t int64, v float64) error
	histogram(t int64, h *histogram.FloatHistogram) error
}

// answer is what an answer in JSON says beside its series.
type answer struct {
	status, kind, text string
	result             string // resultType
	warnings           []string
}

// answerReader reads an answer of /api/v1/query and /api/v1/query_range:
//
//	{"status":"success","data":{"resultType":"matrix","result":[
//	  {"metric":{"l":"v"},"values":[[seconds,"value"],…],"histograms":[[seconds,{…}],…]}]},
//	 "warnings":[…],"infos":[…]}
//
// The members may come in any order, except that a series begins with its labels.
// Nothing but the series that is being read is held.
type answerReader struct {
	in     *jsoniter.Iterator
	from   *faultyReader
	to     sink
	out    answer
	reader labelReader
	err    error
}

// readAnswer passes the series of an answer to a sink.
func readAnswer(r io.Reader, to sink) (answer, error) {
	// The lax configuration changes nothing in reading tokens, and no value is
	// ever decoded by reflection.
	from := &faultyReader{r: r}
	a := answerReader{in: jsoniter.Parse(jsoniter.ConfigFastest, from, 64<<10), from: from, to: to}
	a.object(func(name string) {
		switch name {
		case "status":
			a.out.status = a.in.ReadString()
		case "errorType":
			a.out.kind = a.in.ReadString()
		case "error":
			a.out.text = oneLine(a.in.ReadString())
		case "data":
			a.data()
		case "warnings":
			a.array(func() { a.warning(a.in.ReadString()) })
		default:
			a.in.Skip()
		}
	})
	return a.out, a.failure()
}

// failure returns why the answer could not be read to its end.
func (a *answerReader) failure() error {
	switch {
	case a.err != nil:
		return a.err
	case a.in.Error == nil:
		return nil
	case a.from.err != nil && (errors.Is(a.in.Error, io.EOF) || !errors.Is(a.from.err, io.ErrUnexpectedEOF)):
		return a.from.err
	case a.from.err != nil: // read to the end, where a parser finds a wrong character
		return fmt.Errorf("the answer breaks off, or is not JSON of Prometheus' API: %s", oneLine(a.in.Error.Error()))
	default:
		return fmt.Errorf("the answer is not JSON of Prometheus' API: %s", oneLine(a.in.Error.Error()))
	}
}

// faultyReader remembers how reading ended, which a parser turns into an error of
// syntax; an answer that ends before its JSON does is one that breaks off.
type faultyReader struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (f *faultyReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if errors.Is(err, io.EOF) {
		f.err = io.ErrUnexpectedEOF
	} else if err != nil {
		f.err = err
	}
	return n, err
}

func (a *answerReader) ok() bool { return a.err == nil && a.in.Error == nil }

func (a *answerReader) warning(text string) {
	if len(a.out.warnings) < maxWarnings {
		a.out.warnings = append(a.out.warnings, oneLine(text))
	}
}

// object calls member for each member of an object; null is an empty one.
func (a *answerReader) object(member func(name string)) {
	if a.in.WhatIsNext() == jsoniter.NilValue {
		a.in.ReadNil()
		return
	}
	a.in.ReadObjectCB(func(_ *jsoniter.Iterator, name string) bool {
		member(name)
		return a.ok()
	})
}

// array calls element for each element of an array; null is an empty one.
func (a *answerReader) array(element func()) {
	if a.in.WhatIsNext() == jsoniter.NilValue {
		a.in.ReadNil()
		return
	}
	a.in.ReadArrayCB(func(*jsoniter.Iterator) bool {
		element()
		return a.ok()
	})
}

func (a *answerReader) data() {
	a.object(func(name string) {
		switch name {
		case "resultType":
			a.out.result = a.in.ReadString()
		case "result":
			a.results()
		default:
			a.in.Skip()
		}
	})
}

// results reads series, or the point that a scalar is.
func (a *answerReader) results() {
	if a.in.WhatIsNext() != jsoniter.ArrayValue {
		a.in.Skip()
		return
	}
	var scalar []float64
	a.array(func() {
		if a.in.WhatIsNext() == jsoniter.ObjectValue {
			a.series()
			return
		}
		if len(scalar) == 1 {
			scalar = append(scalar, a.number())
			return
		}
		scalar = append(scalar, a.in.ReadFloat64())
	})
	if a.ok() && len(scalar) == 2 {
		a.take(a.to.series(labels.EmptyLabels()))
		a.take(a.to.float(a.milliseconds(scalar[0]), scalar[1]))
	}
}

func (a *answerReader) take(err error) {
	if a.err == nil {
		a.err = err
	}
}

func (a *answerReader) series() {
	named := false
	a.object(func(name string) {
		if name == "metric" {
			a.labels(named)
			named = true
			return
		}
		if !named {
			a.take(errors.New("the answer has samples before the labels of their series"))
			return
		}
		switch name {
		case "values":
			a.array(func() { a.point(a.float) })
		case "value":
			a.point(a.float)
		case "histograms":
			a.array(func() { a.point(a.histogram) })
		case "histogram":
			a.point(a.histogram)
		default:
			a.in.Skip()
		}
	})
	if !named {
		a.take(errors.New("the answer has a series without labels"))
	}
}

func (a *answerReader) labels(again bool) {
	if again {
		a.take(errors.New("the answer has a series with labels twice"))
		return
	}
	a.reader.begin()
	a.object(func(name string) { a.take(a.reader.add(name, a.in.ReadString())) })
	if a.ok() {
		a.take(a.to.series(a.reader.end()))
	}
}

// point reads [seconds, what value reads].
func (a *answerReader) point(value func(t int64)) {
	n := 0
	var t int64
	a.array(func() {
		switch n++; n {
		case 1:
			t = a.milliseconds(a.in.ReadFloat64())
		case 2:
			value(t)
		default:
			a.take(errors.New("the answer has a sample of more than a time and a value"))
		}
	})
	if a.ok() && n != 2 {
		a.take(errors.New("the answer has a sample without a value"))
	}
}

func (a *answerReader) float(t int64) {
	if v := a.number(); a.ok() {
		a.take(a.to.float(t, v))
	}
}

// number reads a number in a string, as "1", "NaN" or "+Inf".
func (a *answerReader) number() float64 {
	text := a.in.ReadString()
	if !a.ok() {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		a.take(fmt.Errorf("the answer has the value %q, which is no number", oneLine(text)))
	}
	return v
}

// milliseconds turns seconds since 1970 into milliseconds, in which all times of
// Prometheus are whole.
func (a *answerReader) milliseconds(seconds float64) int64 {
	if !(math.Abs(seconds) < 1<<43) { // 278,000 years: milliseconds are exact in a float64 up to there
		a.take(fmt.Errorf("the answer has a sample of %g s since 1970", seconds))
		return 0
	}
	return int64(math.Round(seconds * 1000))
}

func (a *answerReader) histogram(t int64) {
	var h histogramJSON
	a.object(func(name string) {
		switch name {
		case "count":
			h.count = a.number()
		case "sum":
			h.sum = a.number()
		case "buckets":
			a.array(func() { a.bucket(&h) })
		default:
			a.in.Skip()
		}
	})
	if !a.ok() {
		return
	}
	full, err := h.rebuild()
	a.take(err)
	if a.ok() {
		a.take(a.to.histogram(t, full))
	}
}

// bucket reads [boundaries, lower, upper, count].
func (a *answerReader) bucket(h *histogramJSON) {
	var b bucketJSON
	n := 0
	a.array(func() {
		switch n++; n {
		case 1:
			a.in.Skip() // which ends are included follows from where the bucket lies
		case 2:
			b.lower = a.number()
		case 3:
			b.upper = a.number()
		case 4:
			b.count = a.number()
		default:
			a.in.Skip()
		}
	})
	if a.ok() && n != 4 {
		a.take(errors.New("the answer has a histogram whose bucket has no bounds and count"))
	}
	if len(h.buckets) == maxBuckets {
		a.take(fmt.Errorf("the answer has a histogram of more than %d buckets", maxBuckets))
		return
	}
	h.buckets = append(h.buckets, b)
}
