// Package peer writes the rules that Sloth and Pyrra would generate for an
// objective, so that benches let a real Prometheus evaluate what its users
// would. Every template is that of the project's source, named beside it; read
// were Sloth v0.16.0 (0e395d8) and Pyrra at 1ba95af, whose latest release then
// was v0.9.5.
//
// It guarantees that nothing is left out which costs or counts: all recording
// rules, meta-data and alerts, in the groups and at the intervals of the
// originals. Labels that only describe, and annotations, are left out.
//
// It is imported by benches only, and imports Prometheus' duration format.
package peer
