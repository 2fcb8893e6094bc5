package realtest

import (
	"net/http"
	"slices"
)

// Kind says whose answers a fault is made of.
type Kind string

// The kinds of faults.
const (
	OfAny           Kind = "any"           // of HTTP: against every server
	OfPrometheus    Kind = "Prometheus"    // of the HTTP API's JSON, in remote read where it has the same
	OfElasticsearch Kind = "Elasticsearch" // of answers to searches
)

// Fault is one way in which a server, or what stands before it, misbehaves.
type Fault struct {
	Name string // as in "a gzip bomb"
	Does string // what happens to an answer
	Of   Kind

	refuse  bool
	address func(*FaultProxy) string                                              // a client is given this address
	instead func(*FaultProxy, http.ResponseWriter, *http.Request)                 // answers without asking the server
	rewrite func(*answer) bool                                                    // changes an answer, and says whether it did
	send    func(p *FaultProxy, w http.ResponseWriter, r *http.Request, a answer) // sends an answer otherwise
}

// Faults returns all faults, those of any server first.
func Faults() []Fault {
	return slices.Concat(wireFaults, prometheusFaults, elasticsearchFaults)
}

// FaultsOf returns the faults that a server of a kind can have.
func FaultsOf(kind Kind) []Fault {
	return slices.DeleteFunc(Faults(), func(f Fault) bool { return f.Of != OfAny && f.Of != kind })
}

// FaultNamed returns the fault of a name. It panics if there is none, so that a
// table of tests cannot name what does not exist.
func FaultNamed(name string) Fault {
	for _, f := range Faults() {
		if f.Name == name {
			return f
		}
	}
	panic("no fault is named " + name)
}
