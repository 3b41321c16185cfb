using System.Globalization;

namespace SecretsFirewall.Load.Processes;

/// <summary>What the kernel counted for one process (proc(5)).</summary>
internal static class ProcessCounters
{
    // USER_HZ: 100 on every Linux platform that .NET runs on.
    private const double TicksPerSecond = 100;

    private const int UserTimeField = 13;

    private const string ResetPeak = "5";

    /// <summary>User and system time so far. The kernel scales both to the exact run time; only the unit is coarse (10 ms).</summary>
    public static double CpuSeconds(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        // The second field is the name in parentheses and may hold spaces; the fields after it are counted from the third.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var user = long.Parse(fields[UserTimeField - 2], CultureInfo.InvariantCulture);
        var system = long.Parse(fields[UserTimeField - 1], CultureInfo.InvariantCulture);
        return (user + system) / TicksPerSecond;
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public static long ResidentBytes(int processId) => Status(processId, "VmRSS:");

    /// <summary>Open files and sockets.</summary>
    public static int Handles(int processId) => Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length;

    /// <summary>The highest since <see cref="ForgetPeak"/>, in bytes.</summary>
    public static long PeakBytes(int processId) => Status(processId, "VmHWM:");

    public static void ForgetPeak(int processId) => File.WriteAllText($"/proc/{processId}/clear_refs", ResetPeak);

    private static long Status(int processId, string key)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(key.Length, line.Length - key.Length - " kB".Length), CultureInfo.InvariantCulture) * 1024;
    }
}
