using System.Collections.Frozen;
using SecretsFirewall.Policy.Conditions;

namespace SecretsFirewall.Policy.Destinations;

/// <summary>
/// Values by host, found without looking at the others: exact hosts first, then domains from the longest to the shortest, then globs.
/// Hosts are spelled as <see cref="Model.HostName"/> spells them.
/// </summary>
internal sealed class HostIndex<T>
{
    private readonly FrozenDictionary<string, T[]> _exact;
    private readonly FrozenDictionary<string, T[]>.AlternateLookup<ReadOnlySpan<char>> _under;
    private readonly (Glob Glob, T[] Values)[] _globs;

    public HostIndex(ILookup<string, T> exact, ILookup<string, T> under, ILookup<string, T> globs)
    {
        _exact = exact.ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _under = under.ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        _globs = [.. globs.Select(group => (new Glob(group.Key, '.'), group.ToArray()))];
    }

    public Walk For(string host) => new(this, host);

    /// <summary>The groups of values that hold for one host, the most specific first.</summary>
    internal ref struct Walk(HostIndex<T> index, string host)
    {
        private ReadOnlySpan<char> _rest = host;
        private bool _exactDone;
        private int _glob;

        public ReadOnlySpan<T> Current { get; private set; }

        public readonly Walk GetEnumerator() => this;

        public bool MoveNext() => MoveToExact() || MoveToDomain() || MoveToGlob();

        private bool MoveToExact()
        {
            if (_exactDone)
            {
                return false;
            }

            _exactDone = true;
            return index._exact.TryGetValue(host, out var values) && Take(values);
        }

        private bool MoveToDomain()
        {
            while (!_rest.IsEmpty)
            {
                var domain = _rest;
                var dot = _rest.IndexOf('.');
                _rest = dot < 0 ? default : _rest[(dot + 1)..];
                if (index._under.TryGetValue(domain, out var values))
                {
                    return Take(values);
                }
            }

            return false;
        }

        private bool MoveToGlob()
        {
            while (_glob < index._globs.Length)
            {
                var (glob, values) = index._globs[_glob++];
                if (glob.Matches(host))
                {
                    return Take(values);
                }
            }

            return false;
        }

        private bool Take(T[] values)
        {
            Current = values;
            return true;
        }
    }
}
