using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>What a binding says about one place of one request.</summary>
internal enum BindingAnswer
{
    /// <summary>No binding covers it.</summary>
    Unbound = 0,

    /// <summary>A reference that is replaced by its value.</summary>
    Bind,

    /// <summary>The raw value, in the very place where its binding would put it: the agent has it already.</summary>
    AlreadyBound,

    /// <summary>The value cannot be represented in the place.</summary>
    Unrepresentable,
}

/// <summary>
/// Holds one request against the vault's bindings. A binding matches a whole place: what stands around the reference must equal the
/// binding's format, so that an agent cannot send <c>Bearer SECRET_REF(x) and more</c>.
/// </summary>
internal sealed class Binder(SecretVault vault, Exchange exchange)
{
    private readonly IReadOnlyList<SecretBinding> _bindings = exchange is { Agent.MayBind: true, Destination.IsTls: true }
        ? vault.BindingsFor(exchange.Destination.Host, exchange.Destination.Port)
        : [];

    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);

    /// <summary>True where no binding could cover any place: the caller need not look for one.</summary>
    public bool IsIdle => _bindings.Count == 0;

    /// <summary>
    /// Asks about a place whose decoded text holds <paramref name="inside"/>. With <see cref="BindingAnswer.Bind"/>, <paramref name="coded"/>
    /// is what replaces the place's coded value; the caller sends it on and keeps it nowhere else.
    /// </summary>
    public BindingAnswer Ask(in Place place, Detection inside, out byte[] coded)
    {
        coded = [];
        foreach (var binding in _bindings)
        {
            if (!Covers(binding, inside.Name, place) || !SplitFormat(binding.Format, out var before, out var after))
            {
                continue;
            }

            var text = place.Text.AsSpan();
            if (!text[..(int)inside.Start].SequenceEqual(before) || !text[((int)inside.Start + inside.Length)..].SequenceEqual(after))
            {
                continue;
            }

            if (inside.Kind is FindingKind.Registered)
            {
                return BindingAnswer.AlreadyBound;
            }

            var used = _used.GetValueOrDefault(binding.Id);
            if (used >= binding.MaxOccurrences)
            {
                continue;
            }

            _used[binding.Id] = used + 1;
            return Reveal(place, inside.Name, before, after, out coded) ? BindingAnswer.Bind : BindingAnswer.Unrepresentable;
        }

        return BindingAnswer.Unbound;
    }

    private bool Covers(SecretBinding binding, SecretName secret, in Place place) =>
        binding.Secret == secret
        && (binding.Agent is null || binding.Agent == exchange.Agent.Name)
        && (binding.Methods.Count == 0 || binding.Methods.Contains(exchange.Method))
        && (binding.PathPrefix is null || CoversPath(binding.PathPrefix, exchange.Path))
        && binding.Place == place.Kind
        && string.Equals(binding.Key, place.Key, place.Kind is BindingPlace.Header ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
        && !(place.Kind is BindingPlace.Json or BindingPlace.Form && exchange.Kind is DestinationKind.Llm); // never into a model's body

    /// <summary>Whole segments: <c>/repos</c> covers <c>/repos</c> and <c>/repos/x</c>, never <c>/repos-old</c>.</summary>
    private static bool CoversPath(string prefix, string path) =>
        path.StartsWith(prefix, StringComparison.Ordinal)
        && (prefix.EndsWith('/') || path.Length == prefix.Length || path[prefix.Length] == '/');

    private bool Reveal(in Place place, SecretName name, byte[] before, byte[] after, out byte[] coded)
    {
        coded = [];
        using var value = new PooledOutput();
        if (!vault.TryReveal(name, value))
        {
            return false;
        }

        var whole = new byte[before.Length + value.Count + after.Length];
        before.CopyTo(whole, 0);
        value.Written.Span.CopyTo(whole.AsSpan(before.Length));
        after.CopyTo(whole, before.Length + value.Count);
        try
        {
            var encoded = place.Encode(whole);
            coded = encoded ?? [];
            return encoded is not null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(whole);
        }
    }

    private static bool SplitFormat(string format, out byte[] before, out byte[] after)
    {
        var hole = format.IndexOf("{}", StringComparison.Ordinal);
        before = hole < 0 ? [] : Encoding.UTF8.GetBytes(format[..hole]);
        after = hole < 0 ? [] : Encoding.UTF8.GetBytes(format[(hole + 2)..]);
        return hole >= 0;
    }
}
