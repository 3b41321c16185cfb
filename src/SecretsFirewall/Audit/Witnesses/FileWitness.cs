namespace SecretsFirewall.Audit.Witnesses;

/// <summary>Appends to a file, best on a mount that this machine can append to and not rewrite.</summary>
internal sealed class FileWitness(string path) : IWitness
{
    public string Name => path;

    public Task<string?> SendAsync(AuditPosition position, CancellationToken cancellation) => Task.Run(() => Append(WitnessLine.Write(position)), cancellation);

    private string? Append(byte[] line)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(line);
            file.Flush(flushToDisk: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
