package remote

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

func TestRemoteReadJoinsWhatIsSplit(t *testing.T) {
	a := xorPiece(t, at{base, 1}, at{base + 1000, 2})
	b := xorPiece(t, at{base + 2000, 3}, at{base + 4000, 5})
	overlap := xorPiece(t, at{base + 2000, 99}, at{base + 3000, 4}, at{base + 5000, 6})
	tests := map[string]struct {
		frames [][]byte
		want   map[string]stored
	}{
		"one series over several frames": {
			[][]byte{message([]piece{a}, "__name__", "x"), message([]piece{b}, "__name__", "x")},
			map[string]stored{`{__name__="x"}`: bits(at{base + 1000, 2}, at{base + 2000, 3}, at{base + 4000, 5})},
		},
		"chunks that overlap are merged, and the earlier one's samples stay": {
			[][]byte{message([]piece{a, b, overlap}, "__name__", "x")},
			map[string]stored{`{__name__="x"}`: bits(at{base + 1000, 2}, at{base + 2000, 3}, at{base + 3000, 4}, at{base + 4000, 5}, at{base + 5000, 6})},
		},
		"chunks that overlap over several frames are merged": {
			[][]byte{message([]piece{b}, "__name__", "x"), message([]piece{overlap}, "__name__", "x")},
			map[string]stored{`{__name__="x"}`: bits(at{base + 2000, 3}, at{base + 3000, 4}, at{base + 4000, 5}, at{base + 5000, 6})},
		},
		"two series in one frame": {
			[][]byte{append(message([]piece{a}, "__name__", "x", "i", "1"), message([]piece{a}, "__name__", "x", "i", "2")...)},
			map[string]stored{`{__name__="x", i="1"}`: bits(at{base + 1000, 2}), `{__name__="x", i="2"}`: bits(at{base + 1000, 2})},
		},
		"nothing": {nil, map[string]stored{}},
	}
	for title, tt := range tests {
		for _, span := range []int64{9000, 8 * 3600_000} { // held, and passed on as it comes
			t.Run(fmt.Sprint(title, " over ", time.Duration(span)*time.Millisecond), func(t *testing.T) {
				var body []byte
				for _, m := range tt.frames {
					body = append(body, frame(m)...)
				}
				got, err := readAll(t, newSampler(t, streams(body), Options{}), "x", base, base+span)
				require.NoError(t, err)
				require.Equal(t, tt.want, got)
			})
		}
	}
}

// Whatever the chunks are into which samples were cut, they come out in order,
// each once.
func TestOverlappingChunksAreMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[int64]float64{}
		var pieces []piece
		for range rapid.IntRange(1, 8).Draw(t, "chunks") {
			now := base + rapid.Int64Range(0, 5000).Draw(t, "start")
			var ps []at
			for range rapid.IntRange(1, 300).Draw(t, "samples") {
				now += rapid.Int64Range(1, 50).Draw(t, "later")
				v := float64(now) // equal times have equal values
				ps = append(ps, at{now, v})
				want[now] = v
			}
			pieces = append(pieces, xorPiece(t, ps...))
		}
		sortPieces(pieces)
		from := base + rapid.Int64Range(-1, 9000).Draw(t, "from")
		to := from + rapid.Int64Range(1, 9000).Draw(t, "length")
		s, left := newSeries(from, to), pieces
		s.reset(labels.FromStrings("a", "b"), func() (piece, bool) {
			if len(left) == 0 {
				return piece{}, false
			}
			p := left[0]
			left = left[1:]
			return p, true
		})
		var b sample.Batch
		got := map[int64]float64{}
		last := from
		for s.Next(&b) {
			for i, at := range b.T {
				require.Greater(t, at, last)
				got[at], last = b.V[i], at
			}
		}
		require.NoError(t, s.Err())
		for at := range want {
			if at <= from || at > to {
				delete(want, at)
			}
		}
		require.Equal(t, want, got)
	})
}

func TestRemoteReadRefusesWhatIsNotRight(t *testing.T) {
	good := xorPiece(t, at{base + 1000, 1}, at{base + 2000, 2})
	torn := good
	torn.data = slices.Clone(good.data[:len(good.data)-2])
	histogram := good
	histogram.encoding = 2
	lying := good
	lying.min, lying.max = base+5000, base+6000
	ok := frame(message([]piece{good}, "__name__", "x"))
	broken := slices.Clone(ok)
	broken[len(broken)-3] ^= 1
	tests := map[string]struct {
		body []byte
		text string
	}{
		"an answer that ends inside of a frame":    {ok[:len(ok)-1], "breaks off"},
		"an answer that ends inside of a checksum": {append(slices.Clone(ok), 0x20, 1, 2), "breaks off"},
		"a flipped bit":                                      {broken, "checksum"},
		"the text of an error behind the frames":             {append(slices.Clone(ok), "expanding series: context canceled, and so on and on and on and on and on and on and on and on and on and on\n"...), "checksum"},
		"a frame longer than any":                            {[]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, "more than 16777216"},
		"a frame that is no message":                         {frame([]byte("hello, world")), "no message"},
		"a series twice":                                     {slices.Concat(ok, frame(message([]piece{good}, "__name__", "x", "i", "1")), ok), "twice"},
		"a series that was not asked for":                    {frame(message([]piece{good}, "__name__", "y")), "does not select"},
		"a label twice":                                      {frame(message([]piece{good}, "__name__", "x", "__name__", "x")), "twice"},
		"a chunk that ends too early":                        {frame(message([]piece{torn}, "__name__", "x")), "ends in the middle"},
		"a chunk of no encoding":                             {frame(message([]piece{{min: base + 1000, max: base + 2000, data: good.data}}, "__name__", "x")), "encoding 0"},
		"floats that are called histograms":                  {frame(message([]piece{histogram}, "__name__", "x")), ""},
		"samples that go back in time behind a chunk's back": {frame(message([]piece{xorPiece(t, at{base + 3000, 1}), lying}, "__name__", "x")), "comes after"},
		"a chunk without a beginning":                        {frame(message([]piece{{min: 5, max: 4, encoding: 1, data: good.data}}, "__name__", "x")), "is none"},
	}
	for title, tt := range tests {
		for _, span := range []int64{9000, 8 * 3600_000} {
			t.Run(fmt.Sprint(title, " over ", time.Duration(span)*time.Millisecond), func(t *testing.T) {
				_, err := readAll(t, newSampler(t, streams(tt.body), Options{}), "x", base, base+span)
				require.ErrorContains(t, err, tt.text)
				require.ErrorContains(t, err, "test")
				require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
			})
		}
	}
}

func TestRemoteReadKeepsItsLimits(t *testing.T) {
	var many []byte
	for i := range 50 {
		many = append(many, frame(message([]piece{xorPiece(t, at{base + 1000, 1}, at{base + 2000, float64(i)})}, "__name__", "x", "i", strconv.Itoa(i)))...)
	}
	tests := map[string]struct {
		o    Options
		text string
	}{
		"series":  {Options{MaxSeries: 49}, "more than 49 series"},
		"samples": {Options{MaxSamples: 99}, "more than 99 samples"},
		"bytes":   {Options{MaxBytes: 1000}, "more than 1 MiB"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s := newSampler(t, streams(many), tt.o)
			for range 2 { // the second time from memory
				_, err := readAll(t, s, "x", base, base+9000)
				wide, is := errors.AsType[*sample.TooWide](err)
				require.True(t, is, "%v", err)
				require.Contains(t, wide.Limit, tt.text)
			}
		})
	}
	t.Run("what cannot be held is passed on as it comes", func(t *testing.T) {
		got, err := readAll(t, newSampler(t, streams(many), Options{MaxHeld: 100}), "x", base, base+9000)
		require.NoError(t, err)
		require.Len(t, got, 50)
	})
}

func TestServersWithoutRemoteReadAreAskedForRangeVectors(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"404": func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"405": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"400": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "unsupported path requested", http.StatusBadRequest)
		},
		"501": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) },
		"raw samples in one piece": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-protobuf")
		},
	}
	for title, refuse := range tests {
		t.Run(title, func(t *testing.T) {
			reads := 0
			s := newSampler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/v1/read" {
					reads++
					refuse(w, r)
					return
				}
				answers(`{"status":"success","data":{"resultType":"matrix","result":[
					{"metric":{"__name__":"x"},"values":[[1767225600,"1"],[1767225601.5,"2"]]}]}}`)(w, r)
			}), Options{})
			for i := range int64(2) {
				got, err := readAll(t, s, "x", base, base+9000+i)
				require.NoError(t, err)
				require.Equal(t, map[string]stored{`{__name__="x"}`: bits(at{base + 1500, 2})}, got, "the left end is not part of the interval")
			}
			require.Equal(t, 1, reads, "it is remembered that there is none")
			require.True(t, s.Unmarked())
		})
	}
}

func TestServersThatRefuseAreExplained(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<h1>Sign in</h1>")
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		kind    fault.Kind
		text    string
	}{
		"401":                     {status(401), fault.Forbidden, "other credentials"},
		"403":                     {status(403), fault.Forbidden, "may not read"},
		"429":                     {status(429), fault.Unavailable, "too often"},
		"500":                     {status(500), fault.Unavailable, "answers 500: no"},
		"502 with a page":         {html(502), fault.Unavailable, "page of HTML"},
		"200 with a page":         {html(200), fault.Unavailable, "sign-in page"},
		"503":                     {status(503), fault.Unavailable, "503"},
		"everything is elsewhere": {status(404), fault.Unavailable, "check the path"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere/", http.StatusFound)
		}, fault.Unavailable, "redirects to https://elsewhere/"},
		"a connection that is cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.Unavailable, "breaks off"},
		"JSON of something else":   {answers(`{"cluster_name":"elasticsearch"}`), fault.Unavailable, "none of Prometheus' API"},
		"JSON that ends":           {answers(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"x"},"values":[[1767225601,"1"`), fault.Unavailable, "breaks off"},
		"status error":             {answers(`{"status":"error","errorType":"internal","error":"disk on fire"}`), fault.Unavailable, "disk on fire"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			_, err := readAll(t, newSampler(t, tt.handler, Options{}), "x", base, base+9000)
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, tt.kind, fault.KindOf(err), "%v", err)
		})
	}
}

func TestAnswersThatNeverEndAreEnded(t *testing.T) {
	t.Run("one that hangs", func(t *testing.T) {
		s := newSampler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}), Options{Timeout: 50 * time.Millisecond})
		_, err := readAll(t, s, "x", base, base+9000)
		require.ErrorContains(t, err, "no complete answer within 50ms")
	})
	t.Run("one that trickles", func(t *testing.T) {
		s := newSampler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/x-streamed-protobuf")
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte{0x80})
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(20 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
		}), Options{Timeout: 50 * time.Millisecond})
		_, err := readAll(t, s, "x", base, base+9000)
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
	})
	t.Run("one that floods", func(t *testing.T) {
		whole := frame(nil)
		s := newSampler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/x-streamed-protobuf")
			for r.Context().Err() == nil {
				_, _ = w.Write(bytes.Repeat(whole, 10_000))
			}
		}), Options{MaxBytes: 1 << 20})
		_, err := readAll(t, s, "x", base, base+9000)
		_, wide := errors.AsType[*sample.TooWide](err)
		require.True(t, wide, "%v", err)
	})
	t.Run("one whose end is not marked", func(t *testing.T) {
		s := newSampler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/x-streamed-protobuf\r\n\r\n")
				_ = conn.Close()
			}
		}), Options{})
		_, err := readAll(t, s, "x", base, base+9000)
		require.ErrorContains(t, err, "not marked")
	})
}

func FuzzStream(f *testing.F) {
	good := xorPiece(f, at{base + 1000, 1}, at{base + 2000, 2})
	f.Add(message([]piece{good}, "__name__", "x"), byte(1))
	f.Add(message([]piece{good, good}, "__name__", "x", "i", "1"), byte(2))
	f.Add(append(message([]piece{good}, "__name__", "x"), message([]piece{good}, "__name__", "y")...), byte(1))
	f.Add([]byte{0x0a, 0x02, 0x12, 0x00}, byte(0))
	f.Fuzz(func(t *testing.T, m []byte, encoding byte) {
		s := newStream(bytes.NewReader(append(frame(m), m...)), nil, Options{Now: noon, MaxSeries: 10, MaxSamples: 1e6})
		read := newSeries(base, base+9000)
		var b sample.Batch
		for s.nextSeries() {
			read.reset(s.labels, func() (piece, bool) {
				p, ok := s.nextPiece()
				if encoding < 7 {
					p.encoding = chunkenc.Encoding(encoding)
				}
				return p, ok
			})
			last := base
			for read.Next(&b) {
				for _, t0 := range b.T {
					require.Greater(t, t0, last)
					last = t0
				}
			}
			require.LessOrEqual(t, last, base+9000)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add(frame([]byte("hello")))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := frameReader{r: bufio.NewReader(bytes.NewReader(data))}
		var total int
		for {
			m, err := in.next()
			if err != nil {
				break
			}
			total += len(m) + 5
		}
		require.LessOrEqual(t, total, len(data), "no byte comes from nowhere")
	})
}
