using System.Reflection;
using System.Reflection.Emit;
using GpuVae.Kernels.Ilgpu;

namespace GpuVae.Tests.Support;

/// <summary>
/// Every kernel that <see cref="IlgpuBackend"/> can launch, found in the code of its launchers: from the backend's
/// methods along every call, with the type arguments of each, to the functions that are handed to ILGPU. So a kernel or
/// a combination of type arguments that is added to a launcher is here too.
/// </summary>
internal static class LaunchedKernels
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value & 0xFFFF);

    /// <summary>The kernels, each once.</summary>
    public static IReadOnlyList<MethodInfo> Find()
    {
        List<MethodInfo> kernels = [];
        HashSet<MethodBase> seen = [];
        var open = new Queue<MethodBase>(
            typeof(IlgpuBackend).GetMethods(Declared).Where(method => !method.IsGenericMethod));
        while (open.TryDequeue(out MethodBase? method))
        {
            if (!seen.Add(method))
                continue;
            if (IsKernel(method))
            {
                kernels.Add((MethodInfo)method);
                continue;
            }
            foreach ((OpCode code, MethodBase target) in References(method))
            {
                // A launcher calls other launchers; to a kernel it only points.
                bool isPointer = code == OpCodes.Ldftn;
                if (target.DeclaringType?.Namespace == typeof(IlgpuBackend).Namespace && isPointer == IsKernel(target))
                    open.Enqueue(target);
            }
        }
        return kernels;
    }

    /// <summary>A name that a person can read: types without the marks of the runtime.</summary>
    public static string Name(MethodInfo kernel) =>
        $"{Name(kernel.DeclaringType!)}.{kernel.Name}" +
        (kernel.IsGenericMethod ? Arguments(kernel.GetGenericArguments()) : "");

    private static string Name(Type type) =>
        type.IsGenericType ? type.Name[..type.Name.IndexOf('`')] + Arguments(type.GenericTypeArguments) : type.Name;

    private static string Arguments(Type[] types) => $"<{string.Join(", ", types.Select(Name))}>";

    /// <summary>Kernels are the public functions of static classes that give nothing back.</summary>
    private static bool IsKernel(MethodBase method) =>
        method is MethodInfo { IsStatic: true, IsPublic: true } function && function.ReturnType == typeof(void)
        && function.DeclaringType is { IsAbstract: true, IsSealed: true };

    private static IEnumerable<(OpCode Code, MethodBase Target)> References(MethodBase method)
    {
        byte[] bytes = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] ofType = method.DeclaringType?.GetGenericArguments() ?? [];
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int i = 0; i < bytes.Length;)
        {
            int value = bytes[i++];
            if (value == 0xFE)
                value = (value << 8) | bytes[i++];
            OpCode code = Codes[value];
            if (code.OperandType == OperandType.InlineMethod)
                yield return (code, method.Module.ResolveMethod(BitConverter.ToInt32(bytes, i), ofType, ofMethod)!);
            i += OperandSize(code, bytes, i);
        }
    }

    private static int OperandSize(OpCode code, byte[] bytes, int start) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(bytes, start)),
        _ => 4,
    };
}
