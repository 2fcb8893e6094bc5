package openslo

import "bytes"

// chunk is the text of one document of a file.
type chunk struct {
	text []byte
	line int // of its first byte, 1-based
}

// split cuts a file at its document markers. YAML allows a line that begins with
// "---" nowhere but between documents, not even in a block of literal text, so
// that cutting needs no parser: one document's syntax error leaves the others
// readable. What stands before the first document, comments and directives, is
// left with it.
func split(text []byte) []chunk {
	var chunks []chunk
	current := chunk{line: 1}
	line, start := 1, 0
	content := false
	for at := 0; at < len(text); line++ {
		end := at + bytes.IndexByte(text[at:], '\n') + 1
		if end == at {
			end = len(text)
		}
		row := text[at:end]
		if isMarker(row) && content {
			current.text = text[start:at]
			chunks = append(chunks, current)
			current, start, content = chunk{line: line}, at, false
		}
		content = content || hasContent(row)
		at = end
	}
	if content {
		current.text = text[start:]
		chunks = append(chunks, current)
	}
	return chunks
}

// isMarker reports whether row begins a document.
func isMarker(row []byte) bool {
	rest, ok := bytes.CutPrefix(row, []byte("---"))
	return ok && (len(rest) == 0 || bytes.IndexByte(blanks, rest[0]) >= 0)
}

// hasContent reports whether row is part of a document's content, and not a
// marker, a directive, a comment or empty.
func hasContent(row []byte) bool {
	if isMarker(row) {
		row = row[3:]
	}
	row = bytes.TrimSpace(bytes.TrimPrefix(row, []byte("\ufeff")))
	return len(row) > 0 && row[0] != '#' && row[0] != '%' && !bytes.Equal(row, []byte("..."))
}
