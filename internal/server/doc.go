// Package server puts the parts of Hindcast together: the serving process and
// the commands that work without one. It is the only package that knows all the
// others; nothing imports it but main.
package server
