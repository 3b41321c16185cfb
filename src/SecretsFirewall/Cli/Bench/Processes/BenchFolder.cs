namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>A temporary folder of one run.</summary>
internal sealed class BenchFolder : IDisposable
{
    private const int Tries = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-bench-");

    public string Path => _folder.FullName;

    public void Dispose()
    {
        for (var i = 1; ; i++)
        {
            try
            {
                _folder.Delete(recursive: true);
                return;
            }
            catch (IOException) when (i < Tries)
            {
                // What a killed process had started may still write its last file.
                Thread.Sleep(Pause);
            }
        }
    }
}
