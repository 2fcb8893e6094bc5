package openslo

import "bytes"

// Limits on untrusted specifications. Time is bounded by bounding what costs
// time, not by a clock, so that the same file gets the same answer on a busy
// machine: the worst file within these limits takes less than 250 ms of CPU and
// 64 MiB (TestHostileFilesAreAnsweredQuickly).
const (
	// MaxFile is the largest file.
	MaxFile = 1 << 20
	// MaxFolder and MaxFiles bound a specification folder.
	MaxFolder = 64 << 20
	MaxFiles  = 10_000
	// maxMarks bounds the bytes that can start a YAML node or a comment. Reading
	// costs up to 4 µs and 700 bytes for each, whatever they are. An SLO has
	// about 100, so that a file can hold some 500 of them.
	maxMarks = 50_000
	// maxNodes bounds the nodes of a file with its aliases expanded.
	maxNodes = 100_000
	// maxMade bounds the values of the documents that a file of another format is
	// turned into, a text as one for each 128 bytes: the labels of a service are
	// those of each of its SLOs.
	maxMade = 2 * maxNodes
	// maxDepth bounds nesting; the deepest schema needs 16, query DSL perhaps 40.
	maxDepth = 100
	// maxDocuments bounds the documents of a file.
	maxDocuments = 2_000
	// maxObjectives bounds the objectives of an SLO: for each its query may have
	// to be read anew.
	maxObjectives = 50
	// maxProblems bounds the errors listed for one file: nobody reads more.
	maxProblems = 200
)

// marks counts the bytes of text that can make the YAML parser create a node, a
// token or a comment. Those of flow collections count twice: the parser looks ahead
// to the end of a line for the colon that would make a key of what it has read, and
// the queue of what waits is copied each time it doubles.
func marks(text []byte) int {
	n := 0
	for i, b := range text {
		switch b {
		case '\n', '#':
			n++
		case ',', '[', '{':
			n += 2
		case ':', '-', '?':
			if i+1 == len(text) || bytes.IndexByte(blanks, text[i+1]) >= 0 {
				n++
			}
		}
	}
	return n
}

var blanks = []byte(" \t\r\n")
