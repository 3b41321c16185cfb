using System.Numerics;
using System.Security.Cryptography;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// Verifies Ed25519 signatures (RFC 8032 section 5.1.7), which .NET cannot. Everything here is public, so it may take its time as the numbers want it; it signs nothing.
/// Stricter than the RFC where verifiers differ: a key of small order is none, and each number has one spelling.
/// </summary>
internal static class Ed25519
{
    public const int KeyBytes = 32;

    public const int SignatureBytes = 64;

    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
    private static readonly BigInteger D = Modulo(-121665 * Inverse(121666));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (P - 1) / 4, P);
    private static readonly Point Base = Decode([0x58, .. Enumerable.Repeat((byte)0x66, KeyBytes - 1)])!.Value;

    /// <summary>Whether these bytes are a public key that can be signed with.</summary>
    public static bool IsKey(ReadOnlySpan<byte> key) => Decode(key) is { } point && !Times(point, 8).IsNeutral;

    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureBytes || !IsKey(key) || Number(signature[32..]) is var s && s >= Order)
        {
            return false;
        }

        // R = s B − k A, compared as it is spelled.
        var k = Number(SHA512.HashData([.. signature[..32], .. key, .. message])) % Order;
        var expected = Add(Times(Base, s), Times(Decode(key)!.Value.Negated, k));
        return signature[..32].SequenceEqual(Encode(expected));
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    private static BigInteger Modulo(BigInteger number) => BigInteger.Remainder(number, P) is var rest && rest.Sign < 0 ? rest + P : rest;

    private static BigInteger Inverse(BigInteger number) => BigInteger.ModPow(number, P - 2, P);

    // RFC 8032 section 5.1.3.
    private static Point? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != KeyBytes)
        {
            return null;
        }

        var isOdd = (bytes[31] & 0x80) != 0;
        var y = Number([.. bytes[..31], (byte)(bytes[31] & 0x7F)]);
        if (y >= P)
        {
            return null;
        }

        var square = Modulo((y * y - 1) * Inverse(Modulo(D * y * y + 1)));
        var x = BigInteger.ModPow(square, (P + 3) / 8, P);
        if (Modulo(x * x - square) != 0)
        {
            x = Modulo(x * RootOfMinusOne);
        }

        if (Modulo(x * x - square) != 0 || (x.IsZero && isOdd))
        {
            return null;
        }

        x = x.IsEven == isOdd ? P - x : x;
        return new Point(x, y, 1, Modulo(x * y));
    }

    private static byte[] Encode(Point point)
    {
        var inverse = Inverse(point.Z);
        var (x, y) = (Modulo(point.X * inverse), Modulo(point.Y * inverse));
        var bytes = new byte[KeyBytes];
        y.TryWriteBytes(bytes, out _, isUnsigned: true);
        bytes[31] |= (byte)(x.IsEven ? 0 : 0x80);
        return bytes;
    }

    // RFC 8032 section 5.1.4: complete, so doubling needs no formula of its own.
    private static Point Add(Point one, Point other)
    {
        var a = Modulo((one.Y - one.X) * (other.Y - other.X));
        var b = Modulo((one.Y + one.X) * (other.Y + other.X));
        var c = Modulo(2 * D * one.T * other.T);
        var d = Modulo(2 * one.Z * other.Z);
        var (e, f, g, h) = (b - a, d - c, d + c, b + a);
        return new Point(Modulo(e * f), Modulo(g * h), Modulo(f * g), Modulo(e * h));
    }

    private static Point Times(Point point, BigInteger factor)
    {
        var sum = Point.Neutral;
        for (var bit = (int)factor.GetBitLength() - 1; bit >= 0; bit--)
        {
            sum = Add(sum, sum);
            sum = ((factor >> bit) & 1).IsOne ? Add(sum, point) : sum;
        }

        return sum;
    }

    /// <summary>In extended coordinates: x = X / Z, y = Y / Z, x y = T / Z.</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T)
    {
        public static Point Neutral { get; } = new(0, 1, 1, 0);

        public bool IsNeutral => X.IsZero && Y == Z;

        public Point Negated => new(Modulo(-X), Y, Z, Modulo(-T));
    }
}
