package agreement

// DigestOf is digestOf, for tests that forge documents.
var DigestOf = digestOf
