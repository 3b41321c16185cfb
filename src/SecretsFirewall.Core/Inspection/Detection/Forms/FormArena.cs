using System.Security.Cryptography;

namespace SecretsFirewall.Inspection.Detection.Forms;

/// <summary>Where one form of one secret stands in the arena.</summary>
internal readonly record struct FormSpec(int Start, int Length, int Secret, ValueForm Form, byte Alignment);

/// <summary>
/// Every form of every value, in plain, for as long as a snapshot is built; cleared afterwards, and whenever it grows.
/// Equal forms of one secret are kept once, under the form that came first.
/// </summary>
internal sealed class FormArena : IDisposable
{
    private readonly List<FormSpec> _forms = [];
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;
    private int _secret = -1;
    private int _firstOfSecret;

    public IReadOnlyList<FormSpec> Forms => _forms;

    public ReadOnlySpan<byte> BytesOf(in FormSpec form) => _bytes.AsSpan(form.Start, form.Length);

    public void BeginSecret()
    {
        _secret++;
        _firstOfSecret = _forms.Count;
    }

    public void Add(ReadOnlySpan<byte> form, ValueForm kind, int alignment = 0)
    {
        for (var i = _firstOfSecret; i < _forms.Count; i++)
        {
            if (_forms[i].Length == form.Length && BytesOf(_forms[i]).SequenceEqual(form))
            {
                return;
            }
        }

        if (_bytes.Length - _length < form.Length)
        {
            Grow(form.Length);
        }

        form.CopyTo(_bytes.AsSpan(_length));
        _forms.Add(new FormSpec(_length, form.Length, _secret, kind, (byte)alignment));
        _length += form.Length;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Grow(int needed)
    {
        var old = _bytes;
        _bytes = new byte[checked(Math.Max(old.Length * 2, _length + needed))];
        old.AsSpan(0, _length).CopyTo(_bytes);
        CryptographicOperations.ZeroMemory(old);
    }
}
