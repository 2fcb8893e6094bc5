// Package source keeps the data sources: how each of them is reached, who wrote
// that, and the one that is open now.
//
// Definitions come from three places: the configuration file, documents of the
// kind DataSource, and the page. It guarantees that
//   - a definition that is in force is valid, and every problem of one that is
//     not is told with its field, the value and the remedy;
//   - a name means one source: a second definition of it is refused and both
//     places are named;
//   - a definition holds no secret, only where it is read from, and those that
//     did not come from the configuration file name nothing but variables that
//     begin with HINDCAST_SECRET_ and files below secrets/ of the data directory;
//   - a source is opened when it is first asked, and anew when its definition
//     changed, while whoever measures on it keeps the Source that it has.
//
// It imports slo, the packages of the kinds of sources, internal/outbound and
// internal/fault. It does not know the collector, the store or the page; it reads
// no clock but the one that it is given.
package source
