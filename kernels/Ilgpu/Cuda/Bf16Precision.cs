using ILGPU.Runtime.Cuda;
using static GpuVae.Kernels.Ilgpu.Cuda.TensorRegisters;

namespace GpuVae.Kernels.Ilgpu.Cuda;

/// <summary>
/// Operands rounded to bfloat16, two to a register, the lower depth in the lower half, in steps of 16.
/// </summary>
internal readonly struct Bf16Precision : ITensorPrecision
{
    private const string Multiply =
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 ";

    public static int Depth => 16;

    public static void KeepLeft(int rowGroup, int half)
    {
        switch ((4 * (rowGroup / 2)) + (rowGroup % 2) + (2 * half))
        {
            case 0:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left0, pair1, pair0;");
                break;
            case 1:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left1, pair1, pair0;");
                break;
            case 2:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left2, pair1, pair0;");
                break;
            case 3:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left3, pair1, pair0;");
                break;
            case 4:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left4, pair1, pair0;");
                break;
            case 5:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left5, pair1, pair0;");
                break;
            case 6:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left6, pair1, pair0;");
                break;
            case 7:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left7, pair1, pair0;");
                break;
            case 8:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left8, pair1, pair0;");
                break;
            case 9:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left9, pair1, pair0;");
                break;
            case 10:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left10, pair1, pair0;");
                break;
            case 11:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left11, pair1, pair0;");
                break;
            case 12:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left12, pair1, pair0;");
                break;
            case 13:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left13, pair1, pair0;");
                break;
            case 14:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left14, pair1, pair0;");
                break;
            case 15:
                CudaAsm.Emit("cvt.rn.bf16x2.f32 left15, pair1, pair0;");
                break;
        }
    }

    public static void KeepRight(int half)
    {
        if (half == 0)
            CudaAsm.Emit("cvt.rn.bf16x2.f32 right0, pair1, pair0;");
        else
            CudaAsm.Emit("cvt.rn.bf16x2.f32 right1, pair1, pair0;");
    }

    public static void MultiplyColumn(int column, bool isLarge)
    {
        switch (column)
        {
            case 0:
                CudaAsm.Emit(
                    Multiply + Sum00 + ", " + Left0 + Right + Sum00 + "; " +
                    Multiply + Sum10 + ", " + Left1 + Right + Sum10 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum20 + ", " + Left2 + Right + Sum20 + "; " +
                        Multiply + Sum30 + ", " + Left3 + Right + Sum30 + ";");
                }
                break;
            case 1:
                CudaAsm.Emit(
                    Multiply + Sum01 + ", " + Left0 + Right + Sum01 + "; " +
                    Multiply + Sum11 + ", " + Left1 + Right + Sum11 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum21 + ", " + Left2 + Right + Sum21 + "; " +
                        Multiply + Sum31 + ", " + Left3 + Right + Sum31 + ";");
                }
                break;
            case 2:
                CudaAsm.Emit(
                    Multiply + Sum02 + ", " + Left0 + Right + Sum02 + "; " +
                    Multiply + Sum12 + ", " + Left1 + Right + Sum12 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum22 + ", " + Left2 + Right + Sum22 + "; " +
                        Multiply + Sum32 + ", " + Left3 + Right + Sum32 + ";");
                }
                break;
            case 3:
                CudaAsm.Emit(
                    Multiply + Sum03 + ", " + Left0 + Right + Sum03 + "; " +
                    Multiply + Sum13 + ", " + Left1 + Right + Sum13 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum23 + ", " + Left2 + Right + Sum23 + "; " +
                        Multiply + Sum33 + ", " + Left3 + Right + Sum33 + ";");
                }
                break;
            case 4:
                CudaAsm.Emit(
                    Multiply + Sum04 + ", " + Left0 + Right + Sum04 + "; " +
                    Multiply + Sum14 + ", " + Left1 + Right + Sum14 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum24 + ", " + Left2 + Right + Sum24 + "; " +
                        Multiply + Sum34 + ", " + Left3 + Right + Sum34 + ";");
                }
                break;
            case 5:
                CudaAsm.Emit(
                    Multiply + Sum05 + ", " + Left0 + Right + Sum05 + "; " +
                    Multiply + Sum15 + ", " + Left1 + Right + Sum15 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum25 + ", " + Left2 + Right + Sum25 + "; " +
                        Multiply + Sum35 + ", " + Left3 + Right + Sum35 + ";");
                }
                break;
            case 6:
                CudaAsm.Emit(
                    Multiply + Sum06 + ", " + Left0 + Right + Sum06 + "; " +
                    Multiply + Sum16 + ", " + Left1 + Right + Sum16 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum26 + ", " + Left2 + Right + Sum26 + "; " +
                        Multiply + Sum36 + ", " + Left3 + Right + Sum36 + ";");
                }
                break;
            case 7:
                CudaAsm.Emit(
                    Multiply + Sum07 + ", " + Left0 + Right + Sum07 + "; " +
                    Multiply + Sum17 + ", " + Left1 + Right + Sum17 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum27 + ", " + Left2 + Right + Sum27 + "; " +
                        Multiply + Sum37 + ", " + Left3 + Right + Sum37 + ";");
                }
                break;
        }
    }
}
