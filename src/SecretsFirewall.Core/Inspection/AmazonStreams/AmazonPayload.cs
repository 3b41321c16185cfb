using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Inspection.AmazonStreams;

/// <summary>
/// A payload that carries the provider's own event in base64 (<c>invoke-with-response-stream</c>): <c>{"bytes":"…","p":"…"}</c>.
/// </summary>
internal static class AmazonPayload
{
    /// <summary>Finds the one member <c>bytes</c> of the outermost object and writes what it spells. False where there is none that can be read so.</summary>
    /// <param name="start">Where its spelling begins in the payload, behind the quote.</param>
    public static bool TryDecode(ReadOnlySpan<byte> payload, ByteQueue inner, out int start, out int length)
    {
        (start, length) = (-1, 0);
        if (payload.IsEmpty || payload[0] != '{')
        {
            return false;
        }

        var reader = new Utf8JsonReader(payload);
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType is JsonTokenType.PropertyName && reader.ValueTextEquals("bytes"u8))
                {
                    if (start >= 0 || !reader.Read() || reader.TokenType is not JsonTokenType.String || reader.ValueIsEscaped)
                    {
                        return false; // twice, or not as an ordinary writer has it: it is inspected as it stands
                    }

                    (start, length) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return start >= 0 && TryDecode(payload.Slice(start, length), inner);
    }

    /// <summary>The payload with <paramref name="inner"/> in the place of what <see cref="TryDecode(ReadOnlySpan{byte}, ByteQueue, out int, out int)"/> found.</summary>
    public static void Write(ReadOnlySpan<byte> payload, int start, int length, ReadOnlySpan<byte> inner, ByteQueue output)
    {
        output.Append(payload[..start]);
        Base64.EncodeToUtf8(inner, output.Free(Base64.GetMaxEncodedToUtf8Length(inner.Length)), out _, out var written);
        output.Advance(written);
        output.Append(payload[(start + length)..]);
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, ByteQueue inner)
    {
        var status = Base64.DecodeFromUtf8(text, inner.Free(Math.Max(1, Base64.GetMaxDecodedFromUtf8Length(text.Length))), out _, out var written);
        inner.Advance(status is OperationStatus.Done ? written : 0);
        return status is OperationStatus.Done;
    }
}
