namespace SecretsFirewall.Inspection.Codecs;

/// <summary>Why <see cref="Inflater.Inflate"/> came back.</summary>
internal enum InflateStatus
{
    /// <summary>The data is not deflate, or its checksum is wrong.</summary>
    Invalid = 0,

    /// <summary>All input is used up, and the data goes on.</summary>
    NeedInput,

    /// <summary>The buffer is full: take <see cref="Inflater.Fresh"/>, then go on with the rest of the input.</summary>
    Output,

    /// <summary>The data has ended; what is left of the input stands behind it.</summary>
    Done,
}
