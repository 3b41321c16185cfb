namespace SecretsFirewall.Protocols.Usage;

/// <summary>What a string member is, for counting its bytes.</summary>
internal enum TextUse
{
    None = 0,

    /// <summary>Read or written by a model.</summary>
    Text,

    /// <summary>The next piece of a text that an event carries by itself.</summary>
    Delta,

    /// <summary>An image or a file in base64.</summary>
    Media,
}

/// <summary>Is told what a <see cref="JsonSkimmer"/> sees.</summary>
internal interface IJsonMembers
{
    /// <summary>
    /// A member of the text's object (<paramref name="parent"/> is 0), or of an object that is one: true to be given its value.
    /// </summary>
    /// <param name="parent">What <see cref="Container"/> made of the member that this one stands in.</param>
    bool Wants(int parent, ReadOnlySpan<byte> name);

    /// <summary>What a member of the text's object is as a container of others; 0 where nothing in it is wanted.</summary>
    int Container(ReadOnlySpan<byte> name);

    /// <summary>The raw JSON of the value that was wanted last; empty where it is longer than is kept.</summary>
    void Take(ReadOnlySpan<byte> value);

    /// <summary>What the string is that a member of this name holds, however deep.</summary>
    TextUse UseOf(ReadOnlySpan<byte> name, int depth);

    /// <summary>So many raw bytes of such a string.</summary>
    void Count(TextUse use, int bytes);

    /// <summary>One JSON text is complete, or one element of an array that stands around them all.</summary>
    void EndText();
}
