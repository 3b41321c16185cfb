using System.Globalization;
using System.Runtime.InteropServices;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>What the kernel counted for one process (proc(5), clock_gettime(2)).</summary>
internal static class ProcessCounters
{
    // USER_HZ: 100 on every Linux platform that .NET runs on.
    private const double TicksPerSecond = 100;

    private const int UserTimeField = 13;

    private const string ResetPeak = "5";

    private const int ParentField = 3;

    // The last bits of a clock's name: CPUCLOCK_SCHED, what the scheduler counted, of a whole process (clock_getcpuclockid(3)).
    private const int ScheduledTime = 2;

    /// <summary>User and system time of all its threads so far, to the nanosecond.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    public static double CpuSeconds(int processId) => Native.Read((~processId << 3) | ScheduledTime, out var time) == 0
        ? time.Seconds + (time.Nanoseconds / 1e9)
        : throw new IOException($"Process {processId} has ended.");

    /// <summary>The same with what it started, in units of 10 ms: squid mints in processes beside it.</summary>
    public static double TreeCpuSeconds(int processId)
    {
        var all = new Dictionary<int, string[]>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && TryStat(id) is { } stat)
            {
                all[id] = stat;
            }
        }

        return CpuSeconds(processId) + all.Where(pair => pair.Key != processId && IsIn(pair.Key)).Sum(static pair => CpuSeconds(pair.Value));

        bool IsIn(int id) => id == processId || (all.TryGetValue(id, out var stat) && IsIn(int.Parse(stat[ParentField - 2], CultureInfo.InvariantCulture)));
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public static long ResidentBytes(int processId) => Status(processId, "VmRSS:");

    /// <summary>Open files and sockets.</summary>
    public static int Handles(int processId) => Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length;

    /// <summary>The highest since <see cref="ForgetPeak"/>, in bytes.</summary>
    public static long PeakBytes(int processId) => Status(processId, "VmHWM:");

    public static void ForgetPeak(int processId) => File.WriteAllText($"/proc/{processId}/clear_refs", ResetPeak);

    private static double CpuSeconds(string[] stat) =>
        (long.Parse(stat[UserTimeField - 2], CultureInfo.InvariantCulture) + long.Parse(stat[UserTimeField - 1], CultureInfo.InvariantCulture)) / TicksPerSecond;

    // The second field is the name in parentheses and may hold spaces; those behind it are counted from it.
    private static string[] Stat(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    // Null once it has ended.
    private static string[]? TryStat(int processId)
    {
        try
        {
            return Stat(processId);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Status(int processId, string key)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(key.Length, line.Length - key.Length - " kB".Length), CultureInfo.InvariantCulture) * 1024;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Elapsed(long Seconds, long Nanoseconds);

    private static class Native
    {
        [DllImport("libc", EntryPoint = "clock_gettime")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Read(int clock, out Elapsed time);
    }
}
