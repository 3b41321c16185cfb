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

    /// <summary>An old value, in the very place where the binding would put the one in use: it is masked everywhere, and would be of no use here.</summary>
    Outdated,

    /// <summary>The value cannot be represented in the place.</summary>
    Unrepresentable,
}

/// <summary>
/// Holds one request against the vault's bindings. A binding matches a whole place: what stands around the reference must equal the
/// binding's format, so that an agent cannot send <c>Bearer SECRET_REF(x) and more</c>.
/// </summary>
internal sealed class Binder(SecretVault vault, Exchange exchange, SessionCapture? capture = null)
{
    private readonly IReadOnlyList<SecretBinding> _bindings = exchange is { Agent.MayBind: true, Destination.IsTls: true }
        ? vault.BindingsFor(exchange.Destination.Host, exchange.Destination.Port)
        : [];

    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);

    /// <summary>True where no binding could cover any place: the caller need not look for one.</summary>
    public bool IsIdle => _bindings.Count == 0 && capture is not { MayBind: true };

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
                return vault.IsCurrent(inside.Name, text.Slice((int)inside.Start, inside.Length)) ? BindingAnswer.AlreadyBound
                    : inside.Form is ValueForm.Plain ? BindingAnswer.Outdated
                    : BindingAnswer.Unbound; // coded once more than the place is: not what the binding would write
            }

            var used = _used.GetValueOrDefault(binding.Id);
            if (used >= binding.MaxOccurrences)
            {
                continue;
            }

            _used[binding.Id] = used + 1;
            return Reveal(place, inside.Name, before, after, out coded) ? BindingAnswer.Bind : BindingAnswer.Unrepresentable;
        }

        return inside is { Kind: FindingKind.Reference, Name.IsAuto: true } ? AskCapture(place, inside, out coded) : BindingAnswer.Unbound;
    }

    private BindingAnswer AskCapture(in Place place, Detection inside, out byte[] coded)
    {
        coded = [];
        using var value = new PooledOutput();
        return capture is null || !capture.TryReveal(place, inside, value) ? BindingAnswer.Unbound
            : Encode(place, place.Text.AsSpan(0, (int)inside.Start), value.Written.Span, place.Text.AsSpan((int)inside.Start + inside.Length), out coded) ? BindingAnswer.Bind
            : BindingAnswer.Unrepresentable;
    }

    private bool Covers(SecretBinding binding, SecretName secret, in Place place) =>
        binding.Secret == secret
        && binding.Reaches(exchange)
        && binding.Place == place.Kind
        && string.Equals(binding.Key, place.Key, place.Kind is BindingPlace.Header ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
        && !(place.Kind is BindingPlace.Json or BindingPlace.Form && exchange.Kind is DestinationKind.Llm); // never into a model's body

    private bool Reveal(in Place place, SecretName name, byte[] before, byte[] after, out byte[] coded)
    {
        coded = [];
        using var value = new PooledOutput();
        return vault.TryReveal(name, value) && Encode(place, before, value.Written.Span, after, out coded);
    }

    private static bool Encode(in Place place, ReadOnlySpan<byte> before, ReadOnlySpan<byte> value, ReadOnlySpan<byte> after, out byte[] coded)
    {
        byte[] whole = [.. before, .. value, .. after];
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
