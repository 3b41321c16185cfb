using System.Diagnostics;
using System.Globalization;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>A bar on a terminal's standard error while files are read; nothing anywhere else. Other output first calls <see cref="Clear"/>.</summary>
internal sealed class ScanProgress(TextWriter terminal, bool isShown)
{
    private const int Width = 30;

    private const double Mega = 1024 * 1024;

    // Often enough to be seen moving, too seldom to cost anything.
    private static readonly long Pause = Stopwatch.Frequency / 10;

    private readonly Lock _drawing = new();
    private long _total;
    private long _read;
    private long _drawnAt;
    private bool _stands;

    public bool IsShown => isShown;

    /// <param name="total">All bytes that will be read, if that is known; 0 if not.</param>
    public void Begin(long total) => _total = total;

    public void Add(long bytes)
    {
        var read = Interlocked.Add(ref _read, bytes);
        var now = Stopwatch.GetTimestamp();
        if (!isShown || now - Interlocked.Read(ref _drawnAt) < Pause)
        {
            return;
        }

        lock (_drawing)
        {
            Interlocked.Exchange(ref _drawnAt, now);
            terminal.Write($"\r{Bar(read)}");
            _stands = true;
        }
    }

    /// <summary>Takes the bar away, so that a line can be written; the next bytes draw it again.</summary>
    public void Clear()
    {
        lock (_drawing)
        {
            if (_stands)
            {
                terminal.Write("\r\e[K");
                _stands = false;
            }
        }
    }

    private string Bar(long read)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"{read / Mega:F1} MB");
        if (_total <= 0)
        {
            return size;
        }

        var share = Math.Min(1, (double)read / _total);
        var full = (int)(share * Width);
        return string.Create(CultureInfo.InvariantCulture, $"[{new string('#', full)}{new string('.', Width - full)}] {share * 100,3:F0} %  {size}");
    }
}
