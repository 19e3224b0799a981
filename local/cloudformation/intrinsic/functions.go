package intrinsic

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"portico/local/cloudformation/document"
)

// join takes [delimiter, list].
func (r *run) join(n *document.Node, path string) (any, bool) {
	args, ok := r.arguments(n, path, "Fn::Join", [2]int{2, 2})
	if !ok {
		return nil, false
	}
	if args[0].Kind != document.String {
		return r.fail(args[0], path, "the delimiter of Fn::Join must be a string, not %s",
			args[0].Kind)
	}
	list, ok := r.list(args[1], path, "the second value of Fn::Join")
	if !ok {
		return nil, false
	}
	texts := make([]string, len(list))
	for i, item := range list {
		if texts[i], ok = Text(item); !ok {
			return r.fail(args[1], path, "Fn::Join joins strings; value %d is %s", i, kindOf(item))
		}
	}
	return strings.Join(texts, args[0].Text), true
}

// selectItem takes [index, list].
func (r *run) selectItem(n *document.Node, path string) (any, bool) {
	args, ok := r.arguments(n, path, "Fn::Select", [2]int{2, 2})
	if !ok {
		return nil, false
	}
	text, indexed := r.text(args[0], path, "the index of Fn::Select")
	list, listed := r.list(args[1], path, "the second value of Fn::Select")
	if !indexed || !listed {
		return nil, false
	}
	index, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return r.fail(args[0], path, "the index of Fn::Select must be a number, not %q", text)
	case index < 0 || index >= len(list):
		return r.fail(args[0], path,
			"Fn::Select cannot select nonexistent value at index %d of %d", index, len(list))
	}
	return list[index], true
}

// split takes [delimiter, string].
func (r *run) split(n *document.Node, path string) (any, bool) {
	args, ok := r.arguments(n, path, "Fn::Split", [2]int{2, 2})
	if !ok {
		return nil, false
	}
	if args[0].Kind != document.String || args[0].Text == "" {
		return r.fail(args[0], path, "the delimiter of Fn::Split must be a non-empty string")
	}
	text, ok := r.text(args[1], path, "the second value of Fn::Split")
	if !ok {
		return nil, false
	}
	pieces := strings.Split(text, args[0].Text)
	list := make([]any, len(pieces))
	for i, piece := range pieces {
		list[i] = piece
	}
	return list, true
}

// choose is Fn::If: [condition, value if true, value if false].
func (r *run) choose(n *document.Node, path string) (any, bool) {
	args, ok := r.arguments(n, path, "Fn::If", [2]int{3, 3})
	if !ok {
		return nil, false
	}
	if args[0].Kind != document.String {
		return r.fail(args[0], path, "Fn::If wants the name of a condition first, not %s",
			args[0].Kind)
	}
	truth, err := r.Condition(args[0].Text)
	if _, ok := r.answered(args[0], path, truth, err); !ok {
		return nil, false
	}
	if truth {
		return r.value(args[1], path)
	}
	return r.value(args[2], path)
}

func (r *run) base64(n *document.Node, path string) (any, bool) {
	text, ok := r.text(n, path, "the value of Fn::Base64")
	return base64.StdEncoding.EncodeToString([]byte(text)), ok
}

// zones is Fn::GetAZs. Unlike AWS: every region has the three zones a, b and c.
func (r *run) zones(n *document.Node, path string) (any, bool) {
	region, ok := r.text(n, path, "the region of Fn::GetAZs")
	if !ok {
		return nil, false
	}
	if region == "" {
		region = r.Region
	}
	return []any{region + "a", region + "b", region + "c"}, true
}

// cidr takes [ipBlock, count, cidrBits] and cuts count blocks of cidrBits host bits from the block.
func (r *run) cidr(n *document.Node, path string) (any, bool) {
	args, ok := r.arguments(n, path, "Fn::Cidr", [2]int{3, 3})
	if !ok {
		return nil, false
	}
	block, ok := r.text(args[0], path, "the block of Fn::Cidr")
	count, ok2 := r.text(args[1], path, "the count of Fn::Cidr")
	bits, ok3 := r.text(args[2], path, "the bits of Fn::Cidr")
	if !ok || !ok2 || !ok3 {
		return nil, false
	}
	prefix, err := netip.ParsePrefix(block)
	if err != nil {
		return r.fail(args[0], path, "Fn::Cidr wants a CIDR block, not %q", block)
	}
	number, err := strconv.Atoi(count)
	if err != nil || number < 1 || number > 256 {
		return r.fail(args[1], path, "Fn::Cidr makes 1 to 256 blocks, not %q", count)
	}
	host, err := strconv.Atoi(bits)
	whole := prefix.Addr().BitLen()
	if err != nil || host < 1 || host > whole-prefix.Bits() {
		return r.fail(args[2], path, "Fn::Cidr cannot cut blocks of %q bits from %s", bits, block)
	}
	if free := whole - prefix.Bits() - host; free < 9 && number > 1<<free {
		return r.fail(args[1], path, "%s holds %d blocks of %d bits, not %d", block, 1<<free, host,
			number)
	}
	return cut(prefix, number, host), true
}

func cut(prefix netip.Prefix, count, host int) []any {
	first := prefix.Masked().Addr()
	address := new(big.Int).SetBytes(first.AsSlice())
	step := new(big.Int).Lsh(big.NewInt(1), uint(host))
	blocks := make([]any, count)
	for i := range blocks {
		raw := address.FillBytes(make([]byte, first.BitLen()/8))
		at, _ := netip.AddrFromSlice(raw)
		blocks[i] = netip.PrefixFrom(at, first.BitLen()-host).String()
		address.Add(address, step)
	}
	return blocks
}

// extension evaluates what CloudFormation serves only with AWS::LanguageExtensions.
func (r *run) extension(name string, n *document.Node, path string) (any, bool) {
	if !r.Extensions {
		return r.fail(n, path, "%s needs Transform: AWS::LanguageExtensions", name)
	}
	if name == "Fn::Length" {
		list, ok := r.list(n, path, "the value of Fn::Length")
		return json.Number(strconv.Itoa(len(list))), ok
	}
	value, ok := r.value(n, path)
	if !ok {
		return nil, false
	}
	switch value.(type) {
	case []any, map[string]any:
	default:
		return r.fail(n, path, "Fn::ToJsonString wants an object or list, not %s", kindOf(value))
	}
	return jsonText(value), true
}

// jsonText writes value as JSON. Unlike AWS: the keys of an object are in the order of their names.
func jsonText(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "" // strings, numbers of JSON's form, booleans, lists and objects always encode
	}
	return strings.TrimSuffix(out.String(), "\n")
}
