// Package javaregex matches texts against Java's regular expressions, which API Gateway takes as
// selection patterns and as validation expressions of tokens, and Velocity as arguments of a
// string's matches, replaceAll, replaceFirst and split.
//
// An expression is parsed by Java's rules when it is compiled. What Go's regexp can express with
// the same meaning runs there, in linear time; look-around, back references, possessive quantifiers
// and the like run on a backtracking matcher. Every search is bounded in time, so that nothing a
// request holds can hang a call: a search that takes longer is an error.
//
// The package knows no templates and no requests. It does not serve \N{…}, \b{g}, the flag c and
// most of Unicode's blocks: those are errors.
//
// Unlike AWS: characters are code points also where Java counts UTF-16 units, so an empty match
// never stands inside a surrogate pair.
package javaregex
