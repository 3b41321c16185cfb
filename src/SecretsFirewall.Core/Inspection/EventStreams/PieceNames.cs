using System.Buffers.Binary;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// What the names of members say about the strings below them, for the streams of WIRE.md sections 2.1 to 2.8: Chat Completions and its kin
/// (<c>choices</c>), Responses, Messages, Interactions, Conversations and Converse (<c>delta</c>), Gemini (<c>candidates</c>), Ollama (<c>done</c>).
/// </summary>
internal static class PieceNames
{
    /// <summary>Strings at or below these are pieces of longer texts.</summary>
    public static bool HoldsPieces(ReadOnlySpan<byte> name) =>
        IsDelta(name) || name.SequenceEqual("choices"u8) || name.SequenceEqual("candidates"u8);

    /// <summary>The block that opens a text and the deltas that continue it are one text.</summary>
    public static bool IsDelta(ReadOnlySpan<byte> name) => name.SequenceEqual("delta"u8) || name.SequenceEqual("content_block"u8);

    /// <summary>Tells texts of one kind apart.</summary>
    public static bool IsIndex(ReadOnlySpan<byte> name) => name.SequenceEqual("index"u8) || name.EndsWith("_index"u8) || name.EndsWith("Index"u8);

    /// <summary>Arrays whose elements follow each other in one text: what is last in one event goes on with what is first in the next.</summary>
    public static bool IsSequence(ReadOnlySpan<byte> name) => name.SequenceEqual("parts"u8) || name.SequenceEqual("content"u8);

    /// <summary>Labels, ids, signatures and media: never pieces of a text, and the same in each event, so that waiting for their next one has no sense.</summary>
    public static bool IsLabel(ReadOnlySpan<byte> name) =>
        name.EndsWith("_id"u8) || name.EndsWith("Id"u8) || name.EndsWith("_reason"u8) || name.EndsWith("Reason"u8) || name.EndsWith("ignature"u8)
        || name.SequenceEqual("type"u8) || name.SequenceEqual("id"u8) || name.SequenceEqual("name"u8) || name.SequenceEqual("role"u8)
        || name.SequenceEqual("object"u8) || name.SequenceEqual("model"u8) || name.SequenceEqual("status"u8) || name.SequenceEqual("format"u8)
        || name.SequenceEqual("data"u8) || name.SequenceEqual("mimeType"u8) || name.SequenceEqual("obfuscation"u8)
        || name.SequenceEqual("created_at"u8) || name.SequenceEqual("encrypted_content"u8) || name.SequenceEqual("stop_sequence"u8) || name.SequenceEqual("jsonPath"u8);

    /// <summary>A flag that each line of Ollama's has: its strings are pieces, and it says whether they were the last.</summary>
    public static bool IsDone(ReadOnlySpan<byte> name) => name.SequenceEqual("done"u8);

    /// <summary>Events of these types carry pieces wherever they have strings.</summary>
    public static bool IsDeltaType(ReadOnlySpan<byte> type) => type.EndsWith("delta"u8);

    /// <summary>Events of these types end the texts of their indices; without indices, all.</summary>
    public static bool IsEndType(ReadOnlySpan<byte> type) =>
        type.EndsWith("stop"u8) || type.EndsWith("done"u8) || type.EndsWith("completed"u8) || type.EndsWith("failed"u8)
        || type.EndsWith("incomplete"u8) || type.SequenceEqual("error"u8);

    /// <summary>A name as a number. Names that share one would share a text; nobody but the upstream can choose them.</summary>
    public static ulong Hash(ReadOnlySpan<byte> name)
    {
        var hash = 14695981039346656037; // FNV-1a, 64 bits, by words
        while (name.Length >= 8)
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(name));
            name = name[8..];
        }

        foreach (var b in name)
        {
            hash = Mix(hash, b);
        }

        return hash;
    }

    public static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 1099511628211;
        return hash ^ (hash >> 32);
    }
}
